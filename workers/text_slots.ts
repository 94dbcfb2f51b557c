/**
 * Texts to token ids in the shared slots: for the preprocessing workers, and for the main thread
 * where a message would take longer than the work.
 */
import { ClipError, type ErrorData } from "../src/errors.ts";
import { type IdTokenizer, openTokenizer } from "../src/model/tokenizer/open_tokenizer.ts";
import type { PreprocessSpec } from "./messages.ts";

/** What became of one item. */
export interface PreparedItem {
  /** For texts: positions that matter. */
  length: number;
  error: ErrorData | null;
}

/** Writes token ids into slots. */
export class TextSlots {
  readonly #tokenizer: IdTokenizer;
  readonly #ids: Int32Array;

  /** @throws {ClipError} "model" as `openTokenizer`. */
  constructor({ tokenizer, stores }: PreprocessSpec) {
    this.#tokenizer = openTokenizer(tokenizer);
    this.#ids = new Int32Array(stores.text);
  }

  /** Tokenizes one text into a slot. */
  prepare(text: string, slot: number): PreparedItem {
    try {
      const start = slot * this.#tokenizer.contextLength;
      return { length: this.#tokenizer.encodeInto(text, this.#ids, start), error: null };
    } catch (thrown) {
      return { length: 0, error: ClipError.wrap(thrown, "document").toData() };
    }
  }
}
