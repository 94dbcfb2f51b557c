/**
 * Unigram language model (Kudo 2018, https://arxiv.org/abs/1804.10959): the most likely split of a
 * text into pieces. As `encode_optimized` of huggingface/tokenizers 0.22 (`models/unigram/model.rs`)
 * and `EncodeOptimized` of sentencepiece (`unigram_model.cc`) have it, which differ in how exactly
 * they add up.
 */

/** What an unknown character costs beyond the rarest piece. */
const UNKNOWN_PENALTY = 10;

/** Words that are remembered, and how long they may be. */
const MAX_KNOWN = 20_000;
const MAX_KNOWN_LENGTH = 40;

/** A piece and the logarithm of how likely it is. */
export type ScoredPiece = readonly [piece: string, score: number];

/** How a model is read. */
export interface UnigramOptions {
  pieces: readonly ScoredPiece[];
  unknownId: number;
  /** Score of the rarest piece; by default of all of them. */
  rarest?: number;
  /** Scores are added up as float32, as sentencepiece does; else as float64. */
  float32: boolean;
  /** Ids that no text may become: control symbols of sentencepiece. */
  never?: ReadonlySet<number>;
  /** Characters without a piece become these ids of their bytes, if all are there. */
  byteIds?: readonly number[] | undefined;
}

/** One model. */
export class Unigram {
  readonly #ids = new Map<string, number>();
  readonly #scores: Float64Array;
  readonly #unknownId: number;
  readonly #unknownScore: number;
  readonly #longest: number;
  readonly #round: (value: number) => number;
  readonly #byteIds: readonly number[] | undefined;
  readonly #known = new Map<string, readonly number[]>();

  constructor({ pieces, unknownId, rarest, float32, never, byteIds }: UnigramOptions) {
    this.#scores = Float64Array.from(pieces, ([, score]) => score);
    this.#unknownId = unknownId;
    this.#round = float32 ? Math.fround : (value) => value;
    this.#byteIds = byteIds;
    let longest = 1;
    let lowest = Infinity;
    for (const [id, [piece, score]] of pieces.entries()) {
      lowest = Math.min(lowest, score);
      if (never?.has(id) || piece === "") continue;
      this.#ids.set(piece, id);
      longest = Math.max(longest, piece.length);
    }
    this.#longest = longest;
    this.#unknownScore = this.#round((rarest ?? lowest) - UNKNOWN_PENALTY);
  }

  /** The id of a piece, if there is one. */
  idOf(piece: string): number | undefined {
    return this.#ids.get(piece);
  }

  /** Adds the ids of a text. */
  encode(text: string, ids: number[]): void {
    if (text.length > MAX_KNOWN_LENGTH) return this.#split(text, ids);
    let known = this.#known.get(text);
    if (known === undefined) {
      const own: number[] = [];
      this.#split(text, own);
      known = own;
      if (this.#known.size < MAX_KNOWN) this.#known.set(text, own);
    }
    for (const id of known) ids.push(id);
  }

  #split(text: string, ids: number[]): void {
    const size = text.length;
    /** Of the best way to each place: its score, where its last piece begins, and that piece. */
    const scores = new Float64Array(size + 1);
    const starts = new Int32Array(size + 1).fill(-1);
    const pieces = new Int32Array(size + 1);
    const reach = (end: number, start: number, id: number, score: number) => {
      if (starts[end]! >= 0 && !(score > scores[end]!)) return;
      scores[end] = score;
      starts[end] = start;
      pieces[end] = id;
    };
    for (let start = 0; start < size;) {
      const before = scores[start]!;
      const step = isSurrogatePair(text, start) ? 2 : 1;
      let single = false;
      const most = Math.min(size, start + this.#longest);
      for (let end = start + step; end <= most; end++) {
        if (end < size && isSurrogatePair(text, end - 1)) continue;
        const id = this.#ids.get(text.slice(start, end));
        if (id === undefined) continue;
        reach(end, start, id, this.#round(this.#scores[id]! + before));
        single ||= end === start + step;
      }
      if (!single) {
        reach(start + step, start, this.#unknownId, this.#round(this.#unknownScore + before));
      }
      start += step;
    }
    this.#trace(text, starts, pieces, ids);
  }

  /** Adds the ids of the best way; unknown characters that follow each other are one. */
  #trace(text: string, starts: Int32Array, pieces: Int32Array, ids: number[]): void {
    const found: number[] = [];
    let unknownEnd = -1;
    const unknown = (start: number) => {
      if (unknownEnd < 0) return;
      this.#unknown(text.slice(start, unknownEnd), found);
      unknownEnd = -1;
    };
    for (let end = text.length; end > 0;) {
      const start = starts[end]!;
      if (pieces[end] === this.#unknownId) {
        if (unknownEnd < 0) unknownEnd = end;
      } else {
        unknown(end);
        found.push(pieces[end]!);
      }
      end = start;
    }
    unknown(0);
    for (let i = found.length - 1; i >= 0; i--) ids.push(found[i]!);
  }

  /** Ids of what has no piece, the last first. */
  #unknown(text: string, found: number[]): void {
    const byteIds = this.#byteIds;
    const whole = this.#ids.get(text);
    if (whole !== undefined || byteIds === undefined) found.push(whole ?? this.#unknownId);
    else for (const byte of new TextEncoder().encode(text).reverse()) found.push(byteIds[byte]!);
  }
}

/** Whether the two UTF-16 units at a place are one character. */
function isSurrogatePair(text: string, at: number): boolean {
  const first = text.charCodeAt(at);
  if (first < 0xd800 || first > 0xdbff) return false;
  const second = text.charCodeAt(at + 1);
  return second >= 0xdc00 && second <= 0xdfff;
}
