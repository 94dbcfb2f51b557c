/** A tokenizer that was read from a file: a text becomes ids by the steps that the file names. */
import { type AddedToken, AddedTokens } from "./added_tokens.ts";
import { type Normalizer } from "./normalizers.ts";
import type { Splitter } from "./splitters.ts";
import type { TokenModel } from "./token_model.ts";

/** What stands around the ids of a text. */
export interface Template {
  before: readonly number[];
  behind: readonly number[];
  /** What is behind is not put there again where a text ends with it itself. */
  once?: boolean;
}

/** What a pipeline is made of. */
export interface PipelineParts {
  normalize: Normalizer;
  split: Splitter;
  model: TokenModel;
  added: readonly AddedToken[];
  template: Template;
}

/** Text to ids. One per thread: models remember words. */
export class Pipeline {
  readonly template: Template;
  readonly #parts: PipelineParts;
  readonly #asWritten: AddedTokens;
  readonly #normalised: AddedTokens;
  readonly #ids: ReadonlyMap<string, number>;
  readonly #tokens: (string | undefined)[];
  readonly #special: ReadonlySet<number>;

  constructor(parts: PipelineParts) {
    const { added, normalize, model, template } = parts;
    this.#parts = parts;
    this.template = template;
    this.#asWritten = new AddedTokens(added.filter(({ normalized }) => !normalized));
    this.#normalised = new AddedTokens(
      added.filter(({ normalized }) => normalized).map((token) => ({
        ...token,
        content: normalize(token.content),
      })),
    );
    this.#tokens = [...model.tokens];
    for (const { id, content } of added) this.#tokens[id] = content;
    this.#ids = new Map(added.map(({ id, content }) => [content, id]));
    this.#special = new Set(added.filter(({ special }) => special).map(({ id }) => id));
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

  /**
   * All ids of a text, without what stands around them.
   * @param enough ids after which no more are looked for.
   */
  encode(text: string, enough = Infinity): number[] {
    const ids: number[] = [];
    const { normalize, split, model } = this.#parts;
    let first = true;
    const take = (part: string) => {
      if (ids.length < enough) model.encode(part, ids);
    };
    for (const part of this.#asWritten.split(text)) {
      if (ids.length >= enough) break;
      if ("id" in part) ids.push(part.id);
      else {
        for (const each of this.#normalised.split(normalize(part.text))) {
          if ("id" in each) ids.push(each.id);
          else split(each.text, first, take);
          first = false;
        }
      }
      first = false;
    }
    return ids;
  }
}
