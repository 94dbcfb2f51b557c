/**
 * Unigram language model (Kudo 2018, https://arxiv.org/abs/1804.10959): the most likely split of a
 * text into pieces. As `encode_optimized` of huggingface/tokenizers 0.22 (`models/unigram/model.rs`)
 * and `EncodeOptimized` of sentencepiece (`unigram_model.cc`) have it, which differ in how exactly
 * they add up.
 */
import { WordCache } from "../word_cache.ts";
import { isSurrogatePair, utf8 } from "./characters.ts";
import { NONE, PieceTrie, ROOT } from "./piece_trie.ts";
import { addToken, type TokenOutput } from "./token_output.ts";

/** What an unknown character costs beyond the rarest piece. */
const UNKNOWN_PENALTY = 10;

/** A piece and the logarithm of how likely it is. */
export type ScoredPiece = readonly [piece: string, score: number];

/** How a model is read. */
export interface UnigramOptions {
  pieces: readonly ScoredPiece[];
  unknownId: number;
  /** Score of the rarest piece; by default of all of them. */
  rarest?: number;
  /** The way to each place is added up in float32, as sentencepiece does (0.2.3; 0.2.1 did not round); else in float64. */
  float32: boolean;
  /** Ids that no text may become: control symbols of sentencepiece. */
  never?: ReadonlySet<number>;
  /** What has no piece becomes the ids of its bytes, if all of them have one. */
  byteIds?: readonly (number | undefined)[] | undefined;
}

/** One model. */
export class Unigram {
  readonly #trie = new PieceTrie();
  /** By id. */
  readonly #prices: Float64Array;
  readonly #unknownId: number;
  readonly #unknownPrice: number;
  readonly #float32: boolean;
  readonly #byteIds: readonly (number | undefined)[] | undefined;
  readonly #cache = new WordCache();
  /** Of the best way to each place: its score, where its last piece begins, and that piece. */
  #scores: Float32Array | Float64Array = new Float64Array(0);
  #starts = new Int32Array(0);
  #pieces = new Int32Array(0);

  constructor({ pieces, unknownId, rarest, float32, never, byteIds }: UnigramOptions) {
    this.#prices = Float64Array.from(pieces, ([, score]) => score);
    this.#unknownId = unknownId;
    this.#float32 = float32;
    this.#byteIds = byteIds;
    let lowest = Infinity;
    for (const [id, [piece, score]] of pieces.entries()) {
      lowest = Math.min(lowest, score);
      if (!never?.has(id) && piece !== "") this.#trie.set(piece, id);
    }
    const price = (rarest ?? lowest) - UNKNOWN_PENALTY;
    this.#unknownPrice = float32 ? Math.fround(price) : price;
  }

  /** Adds the tokens of a text, or as many as are enough. */
  encode(text: string, out: TokenOutput): void {
    if (out.places !== undefined) return this.#split(text, out);
    if (this.#cache.append(text, out.ids)) return;
    const from = out.ids.length;
    this.#split(text, out);
    if (out.ids.length < out.enough) this.#cache.keep(text, out.ids, from);
  }

  #split(text: string, out: TokenOutput): void {
    const size = text.length;
    this.#reserve(size + 1);
    const [scores, starts, pieces] = [this.#scores, this.#starts, this.#pieces];
    const [trie, prices, float32] = [this.#trie, this.#prices, this.#float32];
    /** The farthest place that a way leads to; and up to where the tokens are given. */
    let farthest = 0;
    let done = 0;
    scores[0] = 0;
    const reach = (end: number, start: number, id: number, score: number) => {
      while (farthest < end) starts[++farthest] = -1;
      if (starts[end]! >= 0 && !(score > scores[end]!)) return;
      scores[end] = score;
      starts[end] = start;
      pieces[end] = id;
    };
    for (let start = 0; start < size;) {
      // Where all ways meet, what follows does not change what is before; but it may be unknown, too.
      if (start === farthest && start > done && pieces[start] !== this.#unknownId) {
        this.#trace(text, done, start, out);
        if (out.ids.length >= out.enough) return;
        done = start;
      }
      const before = scores[start]!;
      const single = start + (isSurrogatePair(text, start) ? 2 : 1);
      let known = false;
      let node = ROOT;
      for (let end = start; end < size;) {
        node = trie.step(node, text.charCodeAt(end++));
        if (node === NONE) break;
        const id = trie.id(node);
        if (id === NONE) continue;
        const score = prices[id]! + before;
        // Rounded before it is compared: of two ways that are equally good the first one stays.
        reach(end, start, id, float32 ? Math.fround(score) : score);
        known ||= end === single;
      }
      if (!known) {
        const score = this.#unknownPrice + before;
        reach(single, start, this.#unknownId, float32 ? Math.fround(score) : score);
      }
      start = single;
    }
    this.#trace(text, done, size, out);
  }

  /** Adds the tokens of the best way; unknown characters that follow each other are one. */
  #trace(text: string, from: number, to: number, out: TokenOutput): void {
    const way: number[] = [];
    for (let end = to; end > from; end = this.#starts[end]!) way.push(end);
    let start = from;
    for (let i = way.length - 1; i >= 0; i--) {
      let end = way[i]!;
      const id = this.#pieces[end]!;
      if (id === this.#unknownId) {
        while (i > 0 && this.#pieces[way[i - 1]!] === id) end = way[--i]!;
        this.#addUnknown(text, start, end, out);
      } else addToken(out, id, start, end);
      start = end;
    }
  }

  /** Adds what has no piece. */
  #addUnknown(text: string, start: number, end: number, out: TokenOutput): void {
    const unknown = text.slice(start, end);
    const whole = this.#trie.find(unknown);
    const bytes = whole === NONE && this.#byteIds !== undefined
      ? Array.from(utf8(unknown), (byte) => this.#byteIds![byte])
      : [];
    if (bytes.length === 0 || bytes.includes(undefined)) {
      addToken(out, whole === NONE ? this.#unknownId : whole, start, end);
    } else for (const id of bytes) addToken(out, id!, start, end);
  }

  #reserve(size: number): void {
    if (this.#starts.length >= size) return;
    this.#scores = this.#float32 ? new Float32Array(2 * size) : new Float64Array(2 * size);
    this.#starts = new Int32Array(2 * size);
    this.#pieces = new Int32Array(2 * size);
  }
}
