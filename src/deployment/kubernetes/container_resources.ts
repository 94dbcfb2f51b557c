/** Processors, memory and GPUs of a container. */
import type { PlannedResources } from "../plan.ts";
import { byteQuantity, quantity } from "../quantities.ts";

const GPU = "nvidia.com/gpu";

/** `resources`: what it asks for, and may take. */
export function containerResources({ cpu, memoryBytes, gpus }: PlannedResources) {
  const devices = gpus === 0 ? {} : { [GPU]: gpus };
  return {
    requests: {
      cpu: quantity(cpu.request),
      memory: byteQuantity(memoryBytes.request),
      ...devices,
    },
    limits: {
      ...(cpu.limit === null ? {} : { cpu: quantity(cpu.limit) }),
      memory: byteQuantity(memoryBytes.limit),
      ...devices,
    },
  };
}

/** `tolerations` of a pod with GPUs: nodes with some are often kept for those who want them. */
export function gpuTolerations(gpus: number) {
  return gpus === 0
    ? {}
    : { tolerations: [{ key: GPU, operator: "Exists", effect: "NoSchedule" }] };
}
