/** How many GPUs a flow's devices come to. */
import type { ExecutorConfig, FlowConfig } from "../../flow/config.ts";
import { visibleDevices } from "../../runtime/visible_devices.ts";

/** More than any machine has: what is named beyond is a typing error, which the start finds. */
const MANY = 64;

/** Whether an executor runs on a GPU and nowhere else. */
export function needsGpu({ runtime, encoder: { device } }: ExecutorConfig): boolean {
  return runtime === "tensorrt" || /^(cuda|tensorrt|webgpu)/.test(device);
}

/** Whether it may run on one. */
export function mayUseGpu(executor: ExecutorConfig): boolean {
  return needsGpu(executor) || executor.encoder.device === "auto";
}

/**
 * GPUs that a server wants: devices are counted from 0 in a container, so the highest that is named
 * says how many there must be.
 */
export function gpusOf({ executors, gateway }: FlowConfig): number {
  return Math.max(
    0,
    ...executors.filter(needsGpu).map((executor) => devicesOf(executor, gateway.env)),
  );
}

function devicesOf(executor: ExecutorConfig, env: Readonly<Record<string, string>>): number {
  const { replicas, encoder: { device } } = executor;
  const visible = executor.env.CUDA_VISIBLE_DEVICES ?? env.CUDA_VISIBLE_DEVICES;
  const named = Number(/^cuda:(\d+)$/.exec(device)?.[1] ?? 0);
  if (visible === undefined) return named + 1;
  // All of them in turn: as many as there are replicas, unless the flow says how many there are.
  if (/^RR\s*$/i.test(visible.trim())) {
    const total = Number(executor.env.CUDA_TOTAL_DEVICES ?? env.CUDA_TOTAL_DEVICES ?? replicas);
    return Math.max(1, Math.min(total, replicas));
  }
  try {
    const seen = visibleDevices(visible, Array(MANY).fill({}), replicas);
    return Math.max(0, ...seen.map((numbers) => numbers[named] ?? numbers[0] ?? 0)) + 1;
  } catch {
    // The driver's own names for devices: they are no numbers, and none of a container.
    return replicas;
  }
}
