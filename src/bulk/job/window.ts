/** The rows of a job that are on their way: in the order of the input, bounded in rows and bytes. */
import type { InputRow, Row } from "../row.ts";

/** A row on its way. */
export interface Slot {
  /** Its place in the input, from where this run began. */
  readonly index: number;
  readonly row: InputRow;
  /** Embeddings so far, one for each matrix. */
  readonly vectors: Float32Array[];
  /** How many are still to come. */
  missing: number;
  /** Why the row has none. */
  reason: string | undefined;
}

/** One thing of a row to embed. */
export interface Entry {
  slot: Slot;
  /** Which matrix it is for. */
  at: number;
  item: { text: string } | { image: Uint8Array };
}

/** What becomes of a row. */
export type RowOutcome =
  | { row: Row; vectors: readonly Float32Array[] }
  | { row: InputRow; reason: string };

/** A queue of rows. */
export class Window {
  readonly #most: number;
  #slots: Slot[] = [];
  #first = 0;
  #count = 0;

  /** @param most rows there may be. */
  constructor(most: number) {
    this.#most = most;
  }

  get full(): boolean {
    return this.size >= this.#most;
  }

  get size(): number {
    return this.#slots.length - this.#first;
  }

  /** Takes a row in. */
  add(row: InputRow, missing: number, reason?: string): Slot {
    const slot = { index: this.#count++, row, vectors: [], missing, reason };
    this.#slots.push(slot);
    return slot;
  }

  /** The first row, if nothing more is to come of it; it leaves. */
  next(): RowOutcome | undefined {
    const slot = this.#slots[this.#first];
    if (slot === undefined || slot.missing > 0) return undefined;
    this.#first++;
    if (this.#first >= this.#most) {
      this.#slots = this.#slots.slice(this.#first);
      this.#first = 0;
    }
    const { row, reason } = slot;
    return reason === undefined ? { row: row as Row, vectors: slot.vectors } : { row, reason };
  }
}
