/** How much one body may hold, counted while it is read: reading stops at the first excess. */
import type { JsonCounter } from "../../encoding/json_value.ts";
import { ClipError } from "../../errors.ts";
import type { Grow } from "../../exchange/message.ts";

/** What the flow says of one request. */
export interface BodyBounds {
  /** Items that are embedded (`max_documents`). */
  maxDocuments: number;
  /** Entries of lists and objects (`max_values`), beside those that each item may have. */
  maxValues: number;
}

/** Entries that an item may have: `{"content": [{"type": …, "image_url": {"url": …}}]}` has six. */
const ENTRIES_PER_ITEM = 10;

/** Bytes of heap that an entry takes beyond what was sent, about; measured. */
const BYTES_PER_ENTRY = 100;

/** Weight that is told at a time, bytes. */
const TOLD_AT_A_TIME = 1 << 20;

/** What was read of one body. */
export class BodySize implements JsonCounter {
  readonly #most: number;
  readonly #grow: Grow | undefined;
  #values = 0;
  #untold = 0;

  /** @param grow hears how many bytes of heap the body takes beyond its own; may throw. */
  constructor(
    { maxDocuments, maxValues }: BodyBounds,
    grow: Grow | undefined,
  ) {
    this.#most = maxValues + ENTRIES_PER_ITEM * maxDocuments;
    this.#grow = grow;
  }

  /** Counts entries. @throws {ClipError} too_large. */
  values(count: number): void {
    this.#values += count;
    if (this.#values > this.#most) {
      throw new ClipError(
        "too_large",
        `The body holds too many values: ${this.#most} are allowed in its lists and objects ` +
          "together ('max_values', 'max_documents')",
      );
    }
    this.weigh(count * BYTES_PER_ENTRY);
  }

  /** Counts bytes of heap. */
  weigh(bytes: number): void {
    this.#untold += bytes;
    if (this.#untold >= TOLD_AT_A_TIME) this.finish();
  }

  /** All is read. */
  finish(): void {
    if (this.#untold > 0) this.#grow?.(this.#untold);
    this.#untold = 0;
  }
}

/** @throws {ClipError} too_large: more items than the flow allows. */
export function requireFewItems(count: number, { maxDocuments }: BodyBounds): void {
  if (count <= maxDocuments) return;
  throw new ClipError(
    "too_large",
    `The request holds ${count} inputs: ${maxDocuments} are allowed ('max_documents')`,
  );
}
