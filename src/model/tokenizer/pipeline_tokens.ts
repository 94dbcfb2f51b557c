/** Tokens of a text with their places in it, and the way back, for tokenizers out of files. */
import { ClipError } from "../../errors.ts";
import { alignBy } from "./alignment.ts";
import { aloneBy } from "./pipeline/alone.ts";
import { addAligned, noPlaces } from "./pipeline/places.ts";
import { cleanTextBy } from "./pipeline/text_cleaning.ts";
import type { TokenPlaces } from "./pipeline/token_output.ts";
import { PipelineTokenizer, type PipelineTokenizerOptions } from "./pipeline_tokenizer.ts";
import type { TokenizedText, TokenizeOptions } from "./text_tokenizer.ts";

/** So many places are tried for where the last tokens of a text begin: most are not in a long word. */
const MAX_TRIES = 64;

/** What a `TextTokenizer` answers; on the thread that calls. One per thread. */
export class PipelineTokens {
  readonly #options: PipelineTokenizerOptions;
  readonly #tokenizer: PipelineTokenizer;
  /** What cleaning makes of characters by themselves. */
  readonly #alone: (character: string) => string;

  /** @throws {ClipError} "model" as `PipelineTokenizer`. */
  constructor(options: PipelineTokenizerOptions) {
    this.#options = options;
    this.#tokenizer = new PipelineTokenizer(options);
    this.#alone = aloneBy((text) => this.#prepared(text));
  }

  /**
   * As `TextTokenizer.tokenize`. Places are those that `Encoding.offsets` of the library `tokenizers`
   * tells (without `trim_offsets`) wherever characters are replaced one by one; of several that
   * became one (marks on a letter, runs of spaces) they are all, where the library tells one or
   * another. A token of what was put there alone may be of no length.
   */
  tokenize(text: string, { addSpecialTokens, limit = Infinity }: TokenizeOptions): TokenizedText {
    const { before, behind } = this.#template(addSpecialTokens);
    const room = Math.max(0, limit - before.length - behind.length);
    const { ids, places } = this.#located(text, room + 1);
    const more = ids.length > room;
    if (more) {
      ids.length = room;
      places.starts.length = places.ends.length = room;
    }
    const ended = this.#options.pipeline.template.once && ids.at(-1) === behind[0];
    const end = ended ? [] : behind;
    const around = (values: readonly number[]) =>
      Int32Array.from([...before.map(() => -1), ...values, ...end.map(() => -1)]);
    return {
      ids: Int32Array.from([...before, ...ids, ...end], (id) => this.#tokenizer.checked(id)),
      starts: around(places.starts),
      ends: around(places.ends),
      more,
    };
  }

  /** As `TextTokenizer.count`. */
  count(text: string, limit: number): number {
    return this.#tokenizer.count(text, limit);
  }

  /** The same, if a short look at the text tells it. */
  countAtOnce(text: string, limit: number): number | undefined {
    return this.#tokenizer.countAtOnce(text, limit);
  }

  /** As `TextTokenizer.keepLast`. */
  keepLast(text: string): string {
    const { contextLength } = this.#tokenizer;
    if (this.count(text, contextLength + 1) <= contextLength) return text;
    const { ids, places: { starts } } = this.#located(text, Infinity);
    const { before, behind } = this.#options.pipeline.template;
    const room = contextLength - before.length - behind.length;
    const first = Math.max(0, ids.length - room);
    for (let from = first; from < Math.min(ids.length, first + MAX_TRIES); from++) {
      // Of tokens of one character the first one: what is left of it is no text.
      if (from > 0 && starts[from]! <= starts[from - 1]!) continue;
      const rest = text.slice(starts[from]);
      // The space before a word is a part of its token; some tokenizers put one there themselves.
      for (const each of [rest, rest.trimStart()]) {
        const found = this.#located(each, contextLength).ids;
        if (found.length === ids.length - from && found.every((id, i) => id === ids[from + i])) {
          return each;
        }
      }
    }
    throw new ClipError(
      "invalid",
      "Cannot cut the beginning of the text off: what remains would be read otherwise. Cut its end " +
        "off, or send a shorter text",
    );
  }

  /** As `TextTokenizer.decode`. */
  decode(ids: ArrayLike<number>, { skipSpecialTokens }: { skipSpecialTokens: boolean }): string {
    const tokens: string[] = [];
    for (let i = 0; i < ids.length; i++) {
      const token = this.spelling(ids[i]!);
      if (!(skipSpecialTokens && this.isSpecial(ids[i]!))) tokens.push(token);
    }
    return this.#options.pipeline.decode(tokens);
  }

  /** As `TextTokenizer.spelling`; ids without a token have none. */
  spelling(id: number): string {
    const { vocabSize } = this.#tokenizer;
    if (Number.isInteger(id) && id >= 0 && id < vocabSize) {
      return this.#options.pipeline.spelling(id) ?? "";
    }
    throw new ClipError(
      "invalid",
      `There is no token ${id}: ids of this model are whole numbers from 0 to ${vocabSize - 1}`,
    );
  }

  /** As `TextTokenizer.isSpecial`. */
  isSpecial(id: number): boolean {
    return this.#options.pipeline.isSpecial(id);
  }

  #prepared(text: string): string {
    return this.#options.pipeline.prepare(cleanTextBy(text, this.#options.clean));
  }

  #template(used: boolean): { before: readonly number[]; behind: readonly number[] } {
    return used ? this.#options.pipeline.template : { before: [], behind: [] };
  }

  /** Ids of a text, at least as many as are enough, and where they are in it. */
  #located(text: string, enough: number): { ids: number[]; places: TokenPlaces } {
    const wellFormed = text.toWellFormed();
    const prepared = this.#prepared(wellFormed);
    const ids: number[] = [];
    const own = noPlaces();
    this.#options.pipeline.encode(prepared, { ids, enough, places: own });
    if (prepared === wellFormed) return { ids, places: own };
    const places = noPlaces();
    addAligned(places, own, alignBy(wellFormed, prepared, this.#alone), 0);
    return { ids, places };
  }
}
