/** Tokenizers out of files that are published beside a model's weights. */
import { ClipError } from "../../errors.ts";
import type { Pipeline } from "./pipeline/pipeline.ts";
import {
  CleanBeginning,
  cleanTextBy,
  isRepaired,
  type TextCleaning,
} from "./pipeline/text_cleaning.ts";

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

/** So many UTF-16 units of a long text are read first, then four times as many and so on. */
const FIRST_LOOK = 1 << 12;
/** Where that ends: hundreds for each id that a model reads. What is behind has no influence. */
const LAST_LOOK = 1 << 16;
/** Repairing a longer one may take more than some ten milliseconds. */
const LONGEST_REPAIRED = 1 << 14;
/** So many more ids have to be found: the last ones may be of a word that was cut. */
const MARGIN = 128;

/** Text to token ids. One per thread. */
export class PipelineTokenizer {
  readonly contextLength: number;
  readonly vocabSize: number;
  readonly #options: PipelineTokenizerOptions;
  /** Ids around a text. */
  readonly #around: number;
  readonly #sepId: number | undefined;

  /** @throws {ClipError} "model": there is no room for a text. */
  constructor(options: PipelineTokenizerOptions) {
    this.#options = options;
    this.contextLength = options.contextLength;
    this.vocabSize = options.vocabSize;
    this.#sepId = options.stripSep ? options.pipeline.addedId("[SEP]") : undefined;
    const { before, behind } = options.pipeline.template;
    this.#around = before.length + behind.length;
    if (this.#around <= options.contextLength) return;
    throw new ClipError(
      "model",
      `Cannot tokenize for a context of ${options.contextLength}: the tokenizer alone puts ` +
        `${this.#around} ids around a text`,
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
    const { pipeline: { template }, padId } = this.#options;
    if (offset < 0 || offset + contextLength > out.length) {
      throw new RangeError(
        `Cannot write ${contextLength} ids at ${offset}: the array holds ${out.length}`,
      );
    }
    const room = contextLength - this.#around;
    const ids = this.#first(text, room);
    let at = offset;
    for (const id of template.before) out[at++] = this.checked(id);
    for (let i = 0; i < ids.length && i < room; i++) out[at++] = this.checked(ids[i]!);
    if (!(template.once && at > offset && out[at - 1] === template.behind[0])) {
      for (const id of template.behind) out[at++] = this.checked(id);
    }
    out.fill(padId, at, offset + contextLength);
    return at - offset;
  }

  /** How many ids `text` has, with what stands around it; `limit` if it has as many or more. */
  count(text: string, limit: number): number {
    const wanted = this.#wanted(limit);
    return this.#counted(this.#first(text, wanted), limit);
  }

  /** The same, if the beginning of the text tells it. */
  countAtOnce(text: string, limit: number): number | undefined {
    if (text.length > LONGEST_REPAIRED && isRepaired(this.#options.clean)) return undefined;
    const wanted = this.#wanted(limit);
    const ids = text.length <= FIRST_LOOK ? this.#first(text, wanted) : this.#look(text, wanted);
    return ids && this.#counted(ids, limit);
  }

  #wanted(limit: number): number {
    return Math.max(1, limit - this.#around);
  }

  #counted(ids: readonly number[], limit: number): number {
    const { once, behind } = this.#options.pipeline.template;
    const ended = once === true && ids.at(-1) === behind[0] && ids.length + this.#around <= limit;
    return Math.min(limit, ids.length + this.#around - (ended ? 1 : 0));
  }

  /** The id as the model has it. @throws {ClipError} "invalid": it has none. */
  checked(id: number): number {
    if (id === this.#sepId) return 0;
    if (id < this.vocabSize) return id;
    const spelling = JSON.stringify(this.#options.pipeline.spelling(id));
    throw new ClipError(
      "invalid",
      `Cannot embed the text: its token ${spelling} (${id}) is not in this model's vocabulary of ` +
        `${this.vocabSize}`,
    );
  }

  /** At least the first ids of a text, without what stands around it. */
  #first(text: string, wanted: number): number[] {
    const { clean } = this.#options;
    if (text.length <= FIRST_LOOK) {
      return this.#ids(cleanTextBy(text.toWellFormed(), clean), wanted);
    }
    return this.#look(text, wanted, LAST_LOOK)!;
  }

  /** The same of a long text; undefined if the first `last` units of it do not tell. */
  #look(text: string, wanted: number, last = FIRST_LOOK): number[] | undefined {
    const beginning = new CleanBeginning(text, this.#options.clean);
    for (let length = FIRST_LOOK;; length *= 4) {
      const { text, whole } = beginning.first(length);
      const ids = this.#ids(text, whole ? wanted : wanted + MARGIN);
      if (whole || ids.length >= wanted + MARGIN || length >= LAST_LOOK) return ids;
      if (length >= last) return undefined;
    }
  }

  #ids(clean: string, enough: number): number[] {
    const { pipeline } = this.#options;
    const ids: number[] = [];
    pipeline.encode(pipeline.prepare(clean), { ids, enough });
    return ids;
  }
}
