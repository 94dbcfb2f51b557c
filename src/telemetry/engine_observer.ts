/** What the engine tells those who measure it. Telemetry implements it; the engine knows no metric. */
import type { Modality } from "../model/item.ts";

/**
 * Which bound refused items: `wait`, the time that they would have waited; `items` and `bytes`, the
 * queue's size.
 */
export type RejectionReason = "wait" | "items" | "bytes";

/** All reasons. */
export const REJECTION_REASONS: readonly RejectionReason[] = ["wait", "items", "bytes"];

/** Receives the engine's events. */
export interface EngineObserver {
  /** Items were prepared by a preprocessing worker; wall time of the task. */
  prepared(modality: Modality, items: number, ms: number): void;
  /**
   * A minibatch was computed.
   * @param fill share of the largest minibatch, 0..1.
   * @param padding share of the tokens that is padding, 0..1; 0 for images.
   */
  computed(
    replica: number,
    modality: Modality,
    items: number,
    fill: number,
    padding: number,
    ms: number,
  ): void;
  /** An item waited from its arrival until its minibatch went to a replica. */
  waited(modality: Modality, ms: number): void;
  /** Items were refused; of a request that was refused before it was read, at least one. */
  rejected(items: number, reason: RejectionReason): void;
  /** An item's embedding was in the cache, or was not. */
  cached(hit: boolean): void;
  /** An equal item was already under way. */
  merged(): void;
  /** A worker died and is started anew. */
  restarted(kind: "replica" | "preprocessor"): void;
}

/** An observer that looks away. */
export const NO_OBSERVER: EngineObserver = {
  prepared() {},
  computed() {},
  waited() {},
  rejected() {},
  cached() {},
  merged() {},
  restarted() {},
};

/** Both hear everything. */
export function observeEngineBoth(a: EngineObserver, b: EngineObserver): EngineObserver {
  if (a === NO_OBSERVER) return b;
  if (b === NO_OBSERVER) return a;
  return {
    prepared: (...event) => (a.prepared(...event), b.prepared(...event)),
    computed: (...event) => (a.computed(...event), b.computed(...event)),
    waited: (...event) => (a.waited(...event), b.waited(...event)),
    rejected: (...event) => (a.rejected(...event), b.rejected(...event)),
    cached: (...event) => (a.cached(...event), b.cached(...event)),
    merged: (...event) => (a.merged(...event), b.merged(...event)),
    restarted: (...event) => (a.restarted(...event), b.restarted(...event)),
  };
}

/** The engine's state at one moment. */
export interface EngineState {
  /** Items that wait, are prepared or are being prepared. */
  waiting: Record<Modality, number>;
  /** Milliseconds that an item would wait that came now; 0 while nothing is known. */
  expectedWaitMs: Record<Modality, number>;
  /** Items in a replica's hands. */
  running: number;
  /** Bytes of input that items inside hold. */
  heldBytes: number;
  /** Items that may wait. */
  maxQueue: number;
  /** Items of a full minibatch. */
  minibatchSize: number;
  replicas: number;
  replicasReady: number;
  /** Replicas that hold a minibatch. */
  replicasBusy: number;
  restarts: number;
  /** Items computed since the start; those answered from the cache or with an equal one are not. */
  embedded: Record<Modality, number>;
  /** Minibatches computed since the start. */
  minibatches: number;
}
