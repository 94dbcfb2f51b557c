/** Which device an executor of a flow gets, and for which its model is prepared before it has one. */
import { availableParallelism } from "node:os";
import { ClipError } from "../errors.ts";
import type { ExecutorConfig } from "../flow/config.ts";
import { claimVisibleDevices } from "../runtime/cuda_environment.ts";
import { candidateDevices, chooseDevice, cpuDevice } from "../runtime/device.ts";
import type {
  DeviceChoice,
  DeviceRequest,
  DeviceSystem,
  DtypeName,
} from "../runtime/device_types.ts";

/** What a model is prepared for; without a `device` it is one that this machine does not have. */
export interface Purpose {
  target: "cpu" | "gpu";
  dtype: DtypeName;
  device?: DeviceChoice;
}

/**
 * The device that serves an executor on this machine.
 * @throws {ClipError} as `chooseDevice`.
 */
export function findDevice(config: ExecutorConfig, system: DeviceSystem): Promise<DeviceChoice> {
  return chooseDevice(requestOf(config), system);
}

/**
 * What an executor's model is to be prepared for on a machine that need not be the one that serves:
 * an init container does not see its pod's GPUs. A GPU that is named and not there is taken for one
 * that computes in float16, as CUDA's all do.
 *
 * @param auto what `device: auto` will be where it is served; undefined: what it is here
 * @throws {ClipError} "config" if the flow asks for what does not go together, or for a device of
 * this machine that it does not have.
 */
export async function findPurpose(
  config: ExecutorConfig,
  auto: "cpu" | "gpu" | undefined,
  system: DeviceSystem,
): Promise<Purpose> {
  const request = requestOf(config);
  const [best, ...others] = candidateDevices(request);
  const target = others.length === 0 ? best === "cpu" ? "cpu" : "gpu" : auto;
  if (target === "cpu") return seen(cpuDevice(request.dtype ?? "fp32"));
  const here = await chooseDevice(request, system).catch((thrown) => {
    if (thrown instanceof ClipError && thrown.kind === "backend") return undefined;
    throw thrown;
  });
  if (here !== undefined && (target === undefined || here.target === target)) return seen(here);
  return { target: "gpu", dtype: request.dtype ?? "fp16" };
}

/** Threads of each session of an executor. */
export function sessionThreads({ encoder, replicas }: ExecutorConfig): number {
  return encoder.intraOpNumThreads || Math.max(1, Math.floor(availableParallelism() / replicas));
}

function seen(device: DeviceChoice): Purpose {
  return { target: device.target, dtype: device.dtype, device };
}

function requestOf(
  { name, runtime, replicas, env, encoder: { device, dtype } }: ExecutorConfig,
): DeviceRequest {
  return {
    executor: name,
    device,
    runtime,
    dtype,
    replicas,
    visibleDevices: claimVisibleDevices(env),
    totalDevices: env.CUDA_TOTAL_DEVICES ?? Deno.env.get("CUDA_TOTAL_DEVICES"),
  };
}
