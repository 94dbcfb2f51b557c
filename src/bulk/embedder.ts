/** What embeds the rows of a job: servers, or this process. */

/** One thing to embed. */
export type EmbedItem = { text: string } | { image: Uint8Array };

/** A text that every model embeds, to tell models apart by. */
export const PROBE = "a photo of a red circle";

/** Embeds items. */
export interface Embedder {
  /** How it is called in the job's description: a model's name, which must be the same at every run. */
  readonly model: string;
  /**
   * What it makes of `PROBE`, where the name does not say which model that is: a job is not gone on
   * with by another.
   */
  readonly probe?: Float32Array;
  /** Items that are best given at a time, and calls that are best under way at a time. */
  readonly batchSize: number;
  readonly inFlight: number;
  /**
   * @returns of each item its embedding, float32 `[D]`, not normalised; or why it has none.
   * @throws {ClipError} what is no item's own fault, after all retries.
   */
  encode(items: readonly EmbedItem[], signal: AbortSignal): Promise<(Float32Array | Error)[]>;
  /** Ends it, and what it started. */
  close(): Promise<void>;
}
