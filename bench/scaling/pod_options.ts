/** Pods as a flow with the defaults makes them. */
import { ENCODER_KEYS } from "../../src/flow/executor_keys.ts";
import { minibatchMs, type PodKind } from "./cost_model.ts";
import type { PodOptions } from "./pod.ts";

/** The default of a key of an encoder. */
function byDefault(key: keyof typeof ENCODER_KEYS): number {
  return ENCODER_KEYS[key].schema.parse(undefined) as number;
}

/** A pod of a kind with one replica. @param slowness times what the work takes. */
export function podOf(kind: PodKind, slowness = 1): PodOptions {
  return {
    replicas: 1,
    minibatchSize: kind.minibatchSize,
    maxWaitMs: byDefault("max_wait_ms"),
    maxQueue: byDefault("max_queue"),
    preprocessWorkers: kind.preprocessWorkers,
    prepareImageMs: slowness * kind.prepareImageMs,
    minibatchMs: (modality, items, longest) =>
      slowness * minibatchMs(kind, modality, items, longest),
  };
}
