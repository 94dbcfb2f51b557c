/**
 * Which device a model runs on: what the flow asks for against what is there.
 *
 * What is asked for by name and cannot be had is an error: nothing falls back in silence. `auto`
 * takes CUDA, then WebGPU on a hardware adapter, then the CPU, and says why it passed over others.
 */
import { ClipError } from "../errors.ts";
import { listAdapters } from "./adapters.ts";
import { missingLibraries } from "./cuda_libraries.ts";
import { tryCuda } from "./device_cuda.ts";
import type {
  DeviceChoice,
  DeviceName,
  DeviceRequest,
  DeviceSystem,
  DeviceTrial,
  DtypeName,
} from "./device_types.ts";
import { tryWebgpu } from "./device_webgpu.ts";
import { probeProvider } from "./probe.ts";

/** This machine. */
export const THIS_SYSTEM: DeviceSystem = {
  listAdapters,
  missingLibraries: (provider) => missingLibraries(provider),
  probe: probeProvider,
};

/**
 * Chooses the device.
 * @throws {ClipError} "backend" if a device is asked for by name and cannot be had; "config" if
 * what is asked for does not go together.
 */
export async function chooseDevice(
  request: DeviceRequest,
  system: DeviceSystem = THIS_SYSTEM,
): Promise<DeviceChoice> {
  const candidates = candidateDevices(request);
  const named = candidates.length === 1;
  if (named && candidates[0] === "cpu") {
    return cpuDevice(request.dtype ?? "fp32", int8Note(request));
  }
  const trial: DeviceTrial = { request, named, system, report: await system.listAdapters() };
  const passedOver: string[] = [];
  for (const device of candidates) {
    if (device === "cpu") break;
    const outcome = device === "webgpu" ? await tryWebgpu(trial) : await tryCuda(device, trial);
    if (!("problems" in outcome)) return { ...outcome, passedOver };
    if (named) throw notToBeHad(request, device, outcome.problems);
    passedOver.push(`${device}: ${outcome.problems.join("; ")}`);
  }
  return cpuDevice(request.dtype ?? "fp32", passedOver);
}

/** The CPU, which is always there. */
export function cpuDevice(
  dtype: DtypeName = "fp32",
  passedOver: readonly string[] = [],
): DeviceChoice {
  return {
    device: "cpu",
    adapter: "CPU",
    providers: () => [{ name: "cpu" }],
    target: "cpu",
    dtype,
    passedOver,
    serial: false,
  };
}

/**
 * The devices that may be taken, best first; one alone is the one that is asked for.
 * @throws {ClipError} "config" if what is asked for does not go together.
 */
export function candidateDevices(request: DeviceRequest): DeviceName[] {
  const { runtime, dtype } = request;
  const device = request.device.replace(/:\d+$/, "") as DeviceName | "auto";
  const gpu = device !== "cpu" && device !== "auto" || runtime === "tensorrt";
  if (dtype === "int8" && gpu) {
    throw conflict(
      request,
      "int8 runs on a CPU only: use dtype fp16 or fp32, or device cpu with the torch runtime",
    );
  }
  if (runtime === "tensorrt") {
    if (device === "auto" || device === "cuda" || device === "tensorrt") return ["tensorrt"];
    throw conflict(request, "TensorRT runs on CUDA devices only: use the onnx or torch runtime");
  }
  if (device !== "auto") return [device];
  return dtype === "int8" ? ["cpu"] : ["cuda", "webgpu", "cpu"];
}

function int8Note({ device, dtype }: DeviceRequest): string[] {
  return device === "auto" && dtype === "int8"
    ? ["cuda, webgpu: dtype int8 runs on a CPU only"]
    : [];
}

function conflict({ executor, device, runtime, dtype }: DeviceRequest, reason: string): ClipError {
  return new ClipError(
    "config",
    `Executor '${executor}' cannot have device '${device}', runtime '${runtime}' and dtype ` +
      `'${dtype ?? "default"}' together, as ${reason}`,
  );
}

function notToBeHad(
  { executor, device, runtime }: DeviceRequest,
  tried: DeviceName,
  problems: readonly string[],
): ClipError {
  const asked = runtime === "tensorrt" ? "the tensorrt runtime" : `device '${device}'`;
  const instead = runtime === "tensorrt"
    ? "use the torch or onnx runtime"
    : "say 'device: auto' or 'device: cpu'";
  return new ClipError(
    "backend",
    `Executor '${executor}' asks for ${asked}, but ${tried} cannot be had: ${
      problems.join("; ")
    }. Mend that, or ${instead}`,
  );
}
