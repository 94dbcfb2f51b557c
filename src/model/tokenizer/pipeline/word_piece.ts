/** WordPiece: the longest token that a word begins with, then the longest of the rest (BERT). */

/** How a model is read. */
export interface WordPieceOptions {
  vocabulary: ReadonlyMap<string, number>;
  unknownId: number;
  /** What stands before tokens inside of a word: `##`. */
  continuingPrefix: string;
  /** Words of more characters are unknown. */
  maxCharacters: number;
}

/** Words that are remembered. */
const MAX_KNOWN = 20_000;

/** One model. */
export class WordPiece {
  readonly #options: WordPieceOptions;
  readonly #longest: number;
  readonly #known = new Map<string, readonly number[]>();

  constructor(options: WordPieceOptions) {
    this.#options = options;
    let longest = 1;
    for (const token of options.vocabulary.keys()) longest = Math.max(longest, token.length);
    this.#longest = longest;
  }

  /** Adds the ids of a word. */
  encode(word: string, ids: number[]): void {
    let known = this.#known.get(word);
    if (known === undefined) {
      known = this.#split(word) ?? [this.#options.unknownId];
      if (this.#known.size < MAX_KNOWN) this.#known.set(word, known);
    }
    for (const id of known) ids.push(id);
  }

  /** Undefined if a part of the word has no token: all of it is unknown then. */
  #split(word: string): number[] | undefined {
    const { vocabulary, continuingPrefix, maxCharacters } = this.#options;
    if (word.length > maxCharacters && [...word].length > maxCharacters) return undefined;
    const ids: number[] = [];
    for (let start = 0; start < word.length;) {
      const prefix = start === 0 ? "" : continuingPrefix;
      let end = Math.min(word.length, start + this.#longest);
      let id: number | undefined;
      for (; end > start; end--) {
        id = vocabulary.get(prefix + word.slice(start, end));
        if (id !== undefined) break;
      }
      if (id === undefined) return undefined;
      ids.push(id);
      start = end;
    }
    return ids;
  }
}
