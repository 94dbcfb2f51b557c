/** A job: one distinct item on its way through the engine, and the requests that wait for it. */
import type { EncodeItem, EncodeResult } from "../model/item.ts";
import type { Tagged } from "./fair_queue.ts";

/** Somebody who waits for a job's outcome. */
export interface Waiter {
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
