/**
 * The messages between the main thread, the replicas and the preprocessing workers. Types only.
 *
 * main ⇄ replica: load, run, results. main ⇄ preprocessing worker: prepared work is never held up by a
 * replica that is inside `session.run()`. The main thread starts all of them: a worker that a worker
 * starts takes a second longer to hear its first message (Deno 2.9.6).
 */
import type { ImageLibrary, ImageResize } from "../src/checkpoint/state_dict.ts";
import type { ErrorData } from "../src/errors.ts";
import type { RawPixels } from "../src/model/item.ts";
import type { TokenizerSetup } from "../src/model/tokenizer/open_tokenizer.ts";
import type { ModelShape, OpenModelOptions } from "../src/runtime/model.ts";

/** What a replica is told first. */
export type ReplicaSpec = OpenModelOptions;

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
  | { type: "ready"; warmupMs: number }
  /** The slots of a batch have been read. */
  | { type: "gathered"; batch: number }
  /** float32 `[N, D]`. */
  | { type: "result"; batch: number; data: Float32Array; dim: number; computeMs: number }
  | { type: "failed"; batch: number; error: ErrorData }
  | { type: "fatal"; error: ErrorData }
  /** The sessions have been freed. */
  | { type: "closed" };

/** What a preprocessing worker is told first. */
export interface PreprocessSpec {
  stores: Stores;
  shape: ModelShape;
  mean: readonly [number, number, number];
  std: readonly [number, number, number];
  resize?: ImageResize;
  imageLibrary?: ImageLibrary;
  tokenizer: TokenizerSetup;
  /** Most bytes of an encoded image. */
  maxImageBytes: number;
  /** Most pixels of an image before it is decoded. */
  maxPixels: number;
  /** Most bytes that decoding an image may take, about. */
  maxDecodeBytes: number;
  /** Longest time that an image may take to be decoded, milliseconds. */
  imageTimeoutMs: number;
}

/** main → preprocessing worker. */
export type ToPreprocess =
  | { type: "open"; spec: PreprocessSpec }
  | { type: "texts"; task: number; texts: string[]; slots: number[] }
  | { type: "image"; task: number; image: Uint8Array | RawPixels; slot: number };

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
