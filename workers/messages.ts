/**
 * The messages between the main thread, the replicas and the preprocessing workers. Types only.
 *
 * main ⇄ replica: load, run, results. main ⇄ preprocessing worker: over a `MessagePort` that the
 * replica makes when it starts its sub-pool, so that prepared work is never held up by a replica
 * that is inside `session.run()`.
 */
import type { ErrorData } from "../src/errors.ts";
import type { RawPixels } from "../src/model/item.ts";
import type { ModelShape, OpenModelOptions } from "../src/runtime/model.ts";

/** What a replica is told first. */
export interface ReplicaSpec extends OpenModelOptions {
  preprocessWorkers: number;
  /** Most bytes of an encoded image. */
  maxImageBytes: number;
  /** Most pixels of an image before it is decoded. */
  maxPixels: number;
  /** Batch sizes to warm up. */
  warmupBatches: readonly number[];
  /** URL of the preprocessing worker's module. */
  preprocessUrl: string;
}

/** The stores of prepared inputs. */
export interface Stores {
  /** int32 `[slots, contextLength]`. */
  text: SharedArrayBuffer;
  /** float32 or uint8 `[slots, 3, imageSize, imageSize]`. */
  pixels: SharedArrayBuffer;
}

/** main → replica. */
export type ToReplica =
  | { type: "load"; spec: ReplicaSpec }
  | { type: "attach"; stores: Stores; shape: ModelShape }
  | RunMessage
  | { type: "respawn"; index: number }
  | { type: "close" };

/** main → replica: a minibatch. */
export type RunMessage =
  & {
    type: "run";
    batch: number;
    slots: number[];
    /** If given, the replica begins only if it can take it (`workers/claim.ts`). */
    claim?: SharedArrayBuffer;
  }
  & ({ modality: "text"; lengths: number[] } | { modality: "image" });

/** replica → main. */
export type FromReplica =
  | { type: "loaded"; shape: ModelShape; loadMs: number }
  | { type: "preprocess"; index: number; port: MessagePort }
  | { type: "ready"; warmupMs: number }
  /** The slots of a batch have been read. */
  | { type: "gathered"; batch: number }
  /** float32 `[N, D]`. */
  | { type: "result"; batch: number; data: Float32Array; dim: number; computeMs: number }
  | { type: "failed"; batch: number; error: ErrorData }
  | { type: "preprocess-died"; index: number; error: ErrorData }
  | { type: "fatal"; error: ErrorData }
  /** The sessions have been freed. */
  | { type: "closed" };

/** replica → preprocessing worker, once. */
export interface PreprocessSpec {
  stores: Stores;
  shape: ModelShape;
  mean: readonly [number, number, number];
  std: readonly [number, number, number];
  vocabSize: number;
  maxImageBytes: number;
  maxPixels: number;
  /** Where tasks come from. */
  port: MessagePort;
}

/** main → preprocessing worker. */
export type ToPreprocess =
  | { type: "texts"; task: number; texts: string[]; slots: number[] }
  | { type: "image"; task: number; image: Uint8Array | RawPixels; slot: number }
  | { type: "close" };

/** preprocessing worker → main. */
export type FromPreprocess =
  | { type: "ready" }
  | {
    type: "prepared";
    task: number;
    /** For texts: positions that matter in each. */
    lengths: number[];
    /** Per item; null where it went well. */
    errors: (ErrorData | null)[];
    /** Time spent on the task. */
    ms: number;
  };
