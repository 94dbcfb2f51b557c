/** A job: one distinct item on its way through the engine, and the requests that wait for it. */
import { createHash, hash } from "node:crypto";
import type { Sliced, Slices } from "../encoding/slices.ts";
import type { EncodeItem, EncodeResult } from "../model/item.ts";
import type { TokenUsage } from "../model/token_usage.ts";
import type { RequestTrace } from "../telemetry/request_trace.ts";
import type { Tagged } from "./fair_queue.ts";

/** Somebody who waits for a job's outcome. */
export interface Waiter {
  /** Wants to hear the times of what it waited for. */
  readonly trace?: RequestTrace | undefined;
  /** Wants to hear how many tokens it is. */
  readonly usage?: TokenUsage | undefined;
  /** Takes the outcome; called once unless the waiter left before. */
  settle(result: EncodeResult): void;
}

/** Where a job is. */
export type JobStage = "queued" | "preparing" | "prepared" | "running" | "done";

/** One distinct item being embedded. */
export interface Job extends Tagged {
  /** Emptied when the job is dropped, so that it holds no memory while it stands in the queue. */
  item: EncodeItem;
  /** Equal items have equal keys. */
  readonly key: string;
  /** Bytes that the item holds while it waits. */
  readonly bytes: number;
  /** Milliseconds of `performance.now()` at arrival. */
  readonly arrivedAt: number;
  /** What it costs, as `WaitingTime` counts. */
  readonly work: number;
  /** Where `WaitingTime` counts it. */
  step: number;
  /** Milliseconds of the task that prepared it, and of the minibatch that computed it. */
  prepareMs: number;
  computeMs: number;
  /** Whether somebody hears of the course that it takes: what follows is written down only then. */
  traced: boolean;
  /** When these ended, as `arrivedAt`; 0 before. */
  preparedAt: number;
  computedAt: number;
  /** The replica that computed it; the items of its minibatch, and their share of the largest one. */
  replica: number;
  minibatch: number;
  fill: number;
  readonly waiters: Set<Waiter>;
  stage: JobStage;
  /** Slot of the store of its modality while prepared. */
  slot: number;
  /** For texts: positions that matter. */
  length: number;
  /** Workers that died with it in hand: such a job runs alone, and fails at the second. */
  deaths: number;
  /** The replica that failed it: another one is to try. -1 if none did. */
  failedOn: number;
}

/** Bytes of memory that an item holds. */
export function itemBytes(item: EncodeItem): number {
  if (item.modality === "text") return 2 * item.text.length;
  return "bytes" in item ? item.bytes.byteLength : item.pixels.data.byteLength;
}

/** Texts up to this many characters are their own key; hashing them would cost more. */
const SHORT_TEXT = 128;

/**
 * Texts of more characters are a job of their own each time: to hash them would hold up the main
 * thread for longer than their tokens take.
 */
const LONG_TEXT = 1_000_000;
let longTexts = 0;

/** Bytes that are hashed at a time. */
const HASHED_BYTES = 1 << 20;

/**
 * `contentKey` as work in slices.
 * @param digests of bytes that were hashed for the request: a `uri` may be named a hundred thousand
 * times.
 */
export function* contentKeyInSlices(
  item: EncodeItem,
  slices: Slices,
  digests: Map<Uint8Array, string>,
): Sliced<string> {
  const bytes = hashedBytes(item);
  if (bytes === undefined) {
    slices.spent((item as { text: string }).text.length);
    return contentKey(item);
  }
  let digest = digests.get(bytes);
  if (digest === undefined) digests.set(bytes, digest = yield* hashInSlices(bytes, slices));
  return itemKey(item, digest);
}

function* hashInSlices(bytes: Uint8Array, slices: Slices): Sliced<string> {
  if (bytes.length <= HASHED_BYTES) {
    slices.spent(bytes.length);
    return hash("sha256", bytes, "base64");
  }
  const sha256 = createHash("sha256");
  for (let at = 0; at < bytes.length; at += HASHED_BYTES) {
    sha256.update(bytes.subarray(at, at + HASHED_BYTES));
    if (slices.spent(HASHED_BYTES)) yield;
  }
  return sha256.digest("base64");
}

function hashedBytes(item: EncodeItem): Uint8Array | undefined {
  if (item.modality === "text") return undefined;
  return "bytes" in item ? item.bytes : item.pixels.data;
}

/** The key of an image. @param digest of its bytes. */
function itemKey(item: EncodeItem, digest: string): string {
  if (!("pixels" in item)) return `i:${digest}`;
  const { width, height, channels } = item.pixels;
  return `p:${width}x${height}x${channels}:${digest}`;
}

/**
 * A key that is equal for equal items and for no others (SHA-256 for all but short texts). Very long
 * texts have a new one each time.
 */
export function contentKey(item: EncodeItem): string {
  if (item.modality === "text") {
    if (item.text.length > LONG_TEXT) return `l:${longTexts++}`;
    return item.text.length <= SHORT_TEXT
      ? `t:${item.text}`
      : `T:${hash("sha256", item.text, "base64")}`;
  }
  return itemKey(item, hash("sha256", hashedBytes(item)!, "base64"));
}
