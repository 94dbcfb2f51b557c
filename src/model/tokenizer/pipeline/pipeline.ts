/** A tokenizer that was read from a file: a text becomes ids by the steps that the file names. */
import { alignBy } from "../alignment.ts";
import { type AddedToken, AddedTokens } from "./added_tokens.ts";
import { aloneBy } from "./alone.ts";
import type { Decoder } from "./decoders.ts";
import type { Normalizer } from "./normalizers.ts";
import type { Splitter } from "./splitters.ts";
import type { TokenModel } from "./token_model.ts";
import { addAligned, addShifted, noPlaces } from "./places.ts";
import { addToken, type TokenOutput } from "./token_output.ts";

/** What stands around the ids of a text. */
export interface Template {
  before: readonly number[];
  behind: readonly number[];
  /** What is behind is not put there again where a text ends with it itself. */
  once?: boolean;
}

/** What a pipeline is made of. */
export interface PipelineParts {
  /** What is done to a whole text, before its added tokens are looked for. */
  prepare?: Normalizer;
  normalize: Normalizer;
  split: Splitter;
  model: TokenModel;
  added: readonly AddedToken[];
  /** Ids of special tokens that no text may become. */
  special?: readonly number[];
  /** An id that is left out where it is alone before an added token. */
  notAlone?: number;
  template: Template;
  decode: Decoder;
}

/** Characters of which it is remembered whether they stay at the beginning. */
const MAX_KEPT = 8192;

/** Text to ids. One per thread: models remember words. */
export class Pipeline {
  readonly template: Template;
  readonly prepare: Normalizer;
  readonly #parts: PipelineParts;
  readonly #asWritten: AddedTokens;
  readonly #normalised: AddedTokens;
  readonly #ids: ReadonlyMap<string, number>;
  readonly #tokens: readonly (string | undefined)[];
  readonly #special: ReadonlySet<number>;
  /** What characters become by themselves. */
  readonly #alone: (characters: string) => string;
  readonly #kept = new Map<number, boolean>();

  constructor(parts: PipelineParts) {
    const { added, normalize, model, template, prepare } = parts;
    this.#parts = parts;
    this.template = template;
    this.prepare = prepare ?? ((text) => text);
    // Special ones come first: of two that are written alike they count.
    const inOrder = [
      ...added.filter(({ special }) => special),
      ...added.filter(({ special }) => !special),
    ];
    this.#asWritten = new AddedTokens(inOrder.filter(({ normalized }) => !normalized));
    this.#normalised = new AddedTokens(
      inOrder.filter(({ normalized }) => normalized).map((token) => ({
        ...token,
        content: normalize(token.content),
      })),
    );
    const tokens = [...model.tokens];
    for (const { id, content } of added) {
      while (tokens.length < id) tokens.push(undefined);
      tokens[id] = content;
    }
    this.#tokens = tokens;
    this.#ids = new Map(added.map(({ id, content }) => [content, id]));
    const specials = added.filter(({ special }) => special).map(({ id }) => id);
    this.#special = new Set([...specials, ...parts.special ?? []]);
    this.#alone = aloneBy(normalize);
  }

  /** Rows that a token table has for all ids. */
  get vocabSize(): number {
    return this.#tokens.length;
  }

  /** The id of a token that was added. */
  addedId(content: string): number | undefined {
    return this.#ids.get(content);
  }

  /** How the vocabulary spells an id; undefined if it has none. */
  spelling(id: number): string | undefined {
    return this.#tokens[id];
  }

  /** Whether an id begins or ends texts, or stands for none. */
  isSpecial(id: number): boolean {
    return this.#special.has(id);
  }

  /** The text that tokens stand for. @throws {ClipError} "invalid": the file's way is not read. */
  decode(tokens: readonly string[]): string {
    return this.#parts.decode(tokens);
  }

  /**
   * Adds the tokens of a prepared text, without what stands around them; at least as many as are
   * enough, if there are so many. Places are in that text.
   */
  encode(text: string, out: TokenOutput): void {
    const { normalize, notAlone } = this.#parts;
    let first = true;
    for (const part of this.#asWritten.split(text)) {
      if (out.ids.length >= out.enough) return;
      if (part.id !== undefined) {
        if (out.ids.length === 1 && out.ids[0] === notAlone) dropAll(out);
        addToken(out, part.id, part.start, part.end);
      } else {
        const written = text.slice(part.start, part.end);
        const normalised = normalize(written);
        const places = out.places && noPlaces();
        this.#encodeNormalised(normalised, first && this.#keepsBeginning(written), {
          ...out,
          places,
        });
        if (places) {
          const alignment = alignBy(written, normalised, this.#alone);
          addAligned(out.places!, places, alignment, part.start);
        }
      }
      first = false;
    }
  }

  /** Whether the first character of a text is still there when it is normalised. */
  #keepsBeginning(text: string): boolean {
    const first = text.codePointAt(0)!;
    let keeps = this.#kept.get(first);
    if (keeps === undefined) {
      const { normalize } = this.#parts;
      const character = String.fromCodePoint(first);
      keeps = normalize(`${character}a`) !== normalize("a");
      if (this.#kept.size < MAX_KEPT) this.#kept.set(first, keeps);
    }
    return keeps;
  }

  #encodeNormalised(text: string, first: boolean, out: TokenOutput): void {
    let begins = first;
    for (const { id, start, end } of this.#normalised.split(text)) {
      if (out.ids.length >= out.enough) return;
      if (id !== undefined) addToken(out, id, start, end);
      else this.#encodePart(text.slice(start, end), start, begins, out);
      begins = false;
    }
  }

  #encodePart(part: string, start: number, first: boolean, out: TokenOutput): void {
    const { split, model } = this.#parts;
    split(part, first, (word, from, put = 0, source) => {
      if (out.ids.length >= out.enough) return;
      const places = out.places && noPlaces();
      model.encode(word, places ? { ...out, places } : out);
      if (places) addShifted(out.places!, places, start + from, put, source);
    });
  }
}

/** Takes back all tokens so far. */
function dropAll({ ids, places }: TokenOutput): void {
  ids.length = 0;
  if (places) places.starts.length = places.ends.length = 0;
}
