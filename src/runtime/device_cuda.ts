/** CUDA and TensorRT as devices: NVIDIA's driver and libraries, and ONNX Runtime's part for them. */
import { ClipError } from "../errors.ts";
import type { Adapter } from "./adapters.ts";
import { describeMissing } from "./cuda_libraries.ts";
import {
  adapterNames,
  type DeviceRequest,
  type DeviceTrial,
  type TrialOutcome,
} from "./device_types.ts";
import type { ProviderChoice } from "./session.ts";
import { namesMigSlices, visibleDevices } from "./visible_devices.ts";

/**
 * Tries CUDA, or TensorRT with CUDA for the nodes that it cannot take.
 * @throws {ClipError} "config" if the flow or the environment names a device that is not there.
 */
export async function tryCuda(
  device: "cuda" | "tensorrt",
  { request, named, report, system }: DeviceTrial,
): Promise<TrialOutcome> {
  const problems: string[] = [];
  const adapters = report.adapters.filter(({ api }) => api === "cuda");
  if (adapters.length === 0) problems.push(report.problems.cuda ?? "there is no CUDA device");
  // Without a driver, `auto` needs no list of what else is not there.
  if (problems.length > 0 && !named) return { problems };
  const missing = describeMissing(system.missingLibraries(device));
  if (problems.length > 0) return { problems: missing ? [...problems, missing] : problems };

  const ids = deviceIds(request, adapters);
  if (ids === undefined) {
    return {
      problems: [`CUDA_VISIBLE_DEVICES is '${request.visibleDevices}', which hides every device`],
    };
  }
  const providers = (id: number): ProviderChoice[] => {
    const cuda: ProviderChoice = { name: "cuda", deviceId: id };
    return device === "cuda" ? [cuda] : [{ name: "tensorrt", deviceId: id }, cuda];
  };
  const dtype = request.dtype ?? "fp16";
  for (const id of new Set(ids)) {
    const problem = await system.probe(providers(id), dtype === "fp16" ? "fp16" : "fp32");
    if (problem === undefined) continue;
    // The list of libraries says more than the linker, which names the first one only.
    return { problems: [missing ?? `it does not work on device ${id}: ${problem}`] };
  }
  return {
    device,
    adapter: adapterNames(ids.map((id) => adapters[id]!)),
    providers: (index) => providers(ids[index % ids.length]!),
    target: "gpu",
    dtype,
    serial: false,
  };
}

/** Each replica's device; `undefined` if all are hidden. */
function deviceIds(request: DeviceRequest, adapters: readonly Adapter[]): number[] | undefined {
  const total = totalDevices(request.totalDevices);
  const devices = total === undefined
    ? adapters
    : Array.from({ length: total }, (_, index) => adapters[index] ?? {});
  const { visibleDevices: value, replicas } = request;
  // MIG slices are chosen by the driver, before it counts.
  const mask = value !== undefined && namesMigSlices(value) ? undefined : value;
  const visible = visibleDevices(mask, devices, replicas);
  if (visible.some((numbers) => numbers.length === 0)) return undefined;
  const pinned = Number(/^cuda:(\d+)$/.exec(request.device)?.[1] ?? 0);
  return visible.map((numbers) => {
    const id = numbers[pinned];
    if (id !== undefined && id < adapters.length) return id;
    throw notThere(request, pinned, id, numbers, adapters.length);
  });
}

function totalDevices(text: string | undefined): number | undefined {
  if (text === undefined || text.trim() === "") return undefined;
  if (/^\d+$/.test(text.trim())) return Number(text);
  throw new ClipError("config", `CUDA_TOTAL_DEVICES must be a whole number: got '${text}'`);
}

function notThere(
  { executor, device, visibleDevices: value }: DeviceRequest,
  pinned: number,
  id: number | undefined,
  visible: readonly number[],
  counted: number,
): ClipError {
  if (id !== undefined) {
    return new ClipError(
      "config",
      `CUDA_TOTAL_DEVICES gives executor '${executor}' device ${id}, but the driver counts ` +
        `${counted}: set it to ${counted} or leave it out`,
    );
  }
  const seen = value === undefined
    ? `the driver counts ${visible.length}`
    : `CUDA_VISIBLE_DEVICES='${value}' shows ${visible.length} to a replica`;
  return new ClipError(
    "config",
    `Executor '${executor}' asks for device '${device}', but ${seen}: use ` +
      `${
        visible.length > 1 ? `cuda:0 to cuda:${visible.length - 1}` : "cuda:0"
      } instead of cuda:${pinned}`,
  );
}
