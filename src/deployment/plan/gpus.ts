/** How many GPUs a flow's devices come to. */
import type { ExecutorConfig, FlowConfig } from "../../flow/config.ts";
import type { Environment } from "../../flow/substitute.ts";
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
export function gpusOf({ executors, gateway: { env } }: FlowConfig): number {
  const wanting = executors.filter((executor) =>
    // Whoever deals GPUs out means to have some.
    needsGpu(executor) || (mayUseGpu(executor) && Boolean(visibleTo(executor, env)))
  );
  return Math.max(0, ...wanting.map((executor) => devicesOf(executor, env)));
}

function visibleTo({ env }: ExecutorConfig, all: Environment): string | undefined {
  return env.CUDA_VISIBLE_DEVICES ?? all.CUDA_VISIBLE_DEVICES;
}

function devicesOf(executor: ExecutorConfig, env: Environment): number {
  const { replicas, encoder: { device } } = executor;
  const visible = visibleTo(executor, env);
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
