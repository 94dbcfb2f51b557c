/** Tokenizers out of files that are published beside a model's weights. */
import { ClipError } from "../../errors.ts";
import type { Pipeline } from "./pipeline/pipeline.ts";
import { cleanTextBy, type TextCleaning } from "./pipeline/text_cleaning.ts";

/** What a model makes of its tokenizer. */
export interface PipelineTokenizerOptions {
  pipeline: Pipeline;
  /** Ids per text, those that begin and end it included. */
  contextLength: number;
  /** Rows of the token embedding. */
  vocabSize: number;
  /** What a text is filled up with. */
  padId: number;
  clean: TextCleaning;
  /** `[SEP]` becomes 0 (OpenCLIP's `strip_sep_token`). */
  stripSep: boolean;
}

/**
 * Longer texts are cut to so many UTF-16 units first: thousands for each id that a model reads, so
 * that none of them is changed by it but where nearly all of a text means nothing.
 */
const LONGEST_TEXT = 1 << 16;

/** Text to token ids. One per thread. */
export class PipelineTokenizer {
  readonly contextLength: number;
  readonly vocabSize: number;
  readonly #options: PipelineTokenizerOptions;
  readonly #sepId: number | undefined;

  /** @throws {ClipError} "model": there is no room for a text. */
  constructor(options: PipelineTokenizerOptions) {
    this.#options = options;
    this.contextLength = options.contextLength;
    this.vocabSize = options.vocabSize;
    this.#sepId = options.stripSep ? options.pipeline.addedId("[SEP]") : undefined;
    const { before, behind } = options.pipeline.template;
    if (before.length + behind.length <= options.contextLength) return;
    throw new ClipError(
      "model",
      `Cannot tokenize for a context of ${options.contextLength}: the tokenizer alone puts ` +
        `${before.length + behind.length} ids around a text`,
    );
  }

  /**
   * Writes the ids of `text` to `out[offset .. offset + contextLength)`, cut where there are too many
   * and filled up with the padding id. `out` may be a view of shared memory.
   * @returns how many of them are of the text, with what stands around it.
   * @throws {ClipError} "invalid": an id does not fit the model's vocabulary.
   * @throws {RangeError} `out` is too short.
   */
  encodeInto(text: string, out: Int32Array, offset = 0): number {
    const { contextLength } = this;
    const { pipeline, padId } = this.#options;
    if (offset < 0 || offset + contextLength > out.length) {
      throw new RangeError(
        `Cannot write ${contextLength} ids at ${offset}: the array holds ${out.length}`,
      );
    }
    const { before, behind, once } = pipeline.template;
    const room = contextLength - before.length - behind.length;
    const ids = this.encode(text, room);
    let at = offset;
    for (const id of before) out[at++] = id;
    for (let i = 0; i < ids.length && i < room; i++) out[at++] = ids[i]!;
    const ended = once && at > offset && out[at - 1] === behind[0];
    if (!ended) { for (const id of behind) out[at++] = id; }
    this.#check(out, offset, at);
    out.fill(padId, at, offset + contextLength);
    return at - offset;
  }

  /** Ids of a text without what stands around them. @param enough after which no more are looked for. */
  encode(text: string, enough = Infinity): number[] {
    const { pipeline, clean } = this.#options;
    const cut = text.length > LONGEST_TEXT ? text.slice(0, LONGEST_TEXT) : text;
    return pipeline.encode(cleanTextBy(cut.toWellFormed(), clean), enough);
  }

  #check(out: Int32Array, from: number, to: number): void {
    for (let i = from; i < to; i++) {
      const id = out[i]!;
      if (id === this.#sepId) out[i] = 0;
      else if (id >= this.vocabSize) {
        const spelling = JSON.stringify(this.#options.pipeline.spelling(id));
        throw new ClipError(
          "invalid",
          `Cannot embed the text: its token ${spelling} (${id}) is not in this model's vocabulary ` +
            `of ${this.vocabSize}`,
        );
      }
    }
  }
}
