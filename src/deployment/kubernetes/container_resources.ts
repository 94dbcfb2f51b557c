/** Processors, memory and GPUs of a container. */
import type { PlannedResources } from "../plan.ts";
import { byteQuantity, quantity } from "../quantities.ts";

const GPU = "nvidia.com/gpu";

/**
 * `resources`: what it asks for, and may take.
 * @param diskBytes of the node's own disk that volumes of the pod may fill. Who asks for none is put
 * where there is none, and is the first to go when the disk is full.
 */
export function containerResources(
  { cpu, memoryBytes, gpus }: PlannedResources,
  diskBytes: number,
) {
  const devices = gpus === 0 ? {} : { [GPU]: gpus };
  return {
    requests: {
      cpu: quantity(cpu.request),
      memory: byteQuantity(memoryBytes.request),
      ...(diskBytes === 0 ? {} : { "ephemeral-storage": byteQuantity(diskBytes) }),
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
