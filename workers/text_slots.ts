/**
 * Texts to token ids in the shared slots: for the preprocessing workers, and for the main thread
 * where a message would take longer than the work.
 */
import { ClipError, type ErrorData } from "../src/errors.ts";
import { Tokenizer } from "../src/model/tokenizer/tokenizer.ts";
import type { PreprocessSpec } from "./messages.ts";

/** What became of one item. */
export interface PreparedItem {
  /** For texts: positions that matter. */
  length: number;
  error: ErrorData | null;
}

/** Writes token ids into slots. */
export class TextSlots {
  readonly #tokenizer: Tokenizer;
  readonly #ids: Int32Array;
  readonly #contextLength: number;

  /** @throws {ClipError} "model" if the model's tokenizer is not CLIP's. */
  constructor({ shape, vocabSize, tokenizer, stores }: PreprocessSpec) {
    if (tokenizer?.kind === "file") {
      throw new ClipError(
        "model",
        `The model's texts become ids by '${tokenizer.file}', which is not supported yet`,
      );
    }
    this.#contextLength = shape.contextLength;
    this.#tokenizer = new Tokenizer({ contextLength: shape.contextLength, vocabSize });
    this.#ids = new Int32Array(stores.text);
  }

  /** Tokenizes one text into a slot. */
  prepare(text: string, slot: number): PreparedItem {
    try {
      const start = slot * this.#contextLength;
      return { length: this.#tokenizer.encodeInto(text, this.#ids, start), error: null };
    } catch (thrown) {
      return { length: 0, error: ClipError.wrap(thrown, "document").toData() };
    }
  }
}
