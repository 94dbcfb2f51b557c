/** WordPiece: the longest token that a word begins with, then the longest of the rest (BERT). */
import { WordCache } from "../word_cache.ts";
import { NONE, PieceTrie, ROOT } from "./piece_trie.ts";
import { addToken, type TokenOutput } from "./token_output.ts";

/** How a model is read. */
export interface WordPieceOptions {
  vocabulary: Iterable<readonly [token: string, id: number]>;
  unknownId: number;
  /** What stands before tokens inside of a word: `##`. */
  continuingPrefix: string;
  /** Words of more characters are unknown. */
  maxCharacters: number;
}

/** One model. */
export class WordPiece {
  readonly #trie = new PieceTrie();
  readonly #unknownId: number;
  readonly #maxCharacters: number;
  /** The node of the prefix of tokens inside of a word. */
  readonly #inside: number;
  readonly #cache = new WordCache();

  constructor({ vocabulary, unknownId, continuingPrefix, maxCharacters }: WordPieceOptions) {
    this.#unknownId = unknownId;
    this.#maxCharacters = maxCharacters;
    for (const [token, id] of vocabulary) this.#trie.set(token, id);
    this.#inside = this.#trie.node(continuingPrefix);
  }

  /** Adds the tokens of a word. */
  encode(word: string, out: TokenOutput): void {
    if (out.places !== undefined) return this.#split(word, out);
    if (this.#cache.append(word, out.ids)) return;
    const from = out.ids.length;
    this.#split(word, out);
    this.#cache.keep(word, out.ids, from);
  }

  /** A word is unknown, all of it, if a part of it has no token. */
  #split(word: string, out: TokenOutput): void {
    const from = out.ids.length;
    const fromPlace = out.places?.starts.length ?? 0;
    if (!this.#isTooLong(word)) {
      let start = 0;
      while (start < word.length) {
        const end = this.#addLongest(word, start, out);
        if (end === start) break;
        start = end;
      }
      if (start === word.length) return;
      out.ids.length = from;
      if (out.places) out.places.starts.length = out.places.ends.length = fromPlace;
    }
    addToken(out, this.#unknownId, 0, word.length);
  }

  /** Adds the longest token at a place and gives where it ends: at `start` if there is none. */
  #addLongest(word: string, start: number, out: TokenOutput): number {
    const trie = this.#trie;
    let node = start === 0 ? ROOT : this.#inside;
    let id = NONE;
    let end = start;
    for (let at = start; at < word.length && node !== NONE;) {
      node = trie.step(node, word.charCodeAt(at++));
      if (node === NONE || trie.id(node) === NONE) continue;
      id = trie.id(node);
      end = at;
    }
    if (id !== NONE) addToken(out, id, start, end);
    return end;
  }

  #isTooLong(word: string): boolean {
    const most = this.#maxCharacters;
    return word.length > most && (word.length > 2 * most || [...word].length > most);
  }
}
