/** SentencePiece's Unigram models as the library itself runs them (google/sentencepiece 0.2). */
import { Charsmap } from "./charsmap.ts";
import { PIECE_TYPE, type SentencePieceFile } from "./sentencepiece_file.ts";
import { Unigram } from "./unigram.ts";

const SPACE_MARK = "\u2581";
const ENCODER = new TextEncoder();
const DECODER = new TextDecoder("utf-8", { ignoreBOM: true });

/** One model. */
export class SentencePieceModel {
  readonly #file: SentencePieceFile["normalizer"];
  readonly #map: Charsmap | undefined;
  readonly #unigram: Unigram;
  /** Texts that are pieces whatever is around them, as bytes, the longest first. */
  readonly #fixed: readonly Uint8Array[];

  /** @param addDummyPrefix instead of what the file says. */
  constructor(file: SentencePieceFile, addDummyPrefix?: boolean) {
    this.#file = {
      ...file.normalizer,
      ...(addDummyPrefix === undefined ? {} : { addDummyPrefix }),
    };
    const { charsmap } = this.#file;
    this.#map = charsmap.length > 0 ? new Charsmap(charsmap) : undefined;
    this.#unigram = unigramOf(file);
    this.#fixed = file.pieces.filter(({ type }) => type === PIECE_TYPE.userDefined)
      .map(({ piece }) => ENCODER.encode(piece)).sort((a, b) => b.length - a.length);
  }

  /** Adds the ids of a text. */
  encode(text: string, ids: number[]): void {
    const normalised = this.#normalize(text);
    if (normalised !== "") this.#unigram.encode(normalised, ids);
  }

  /** `Normalizer::Normalize` of `normalizer.cc`. */
  #normalize(text: string): string {
    const { addDummyPrefix, removeExtraWhitespaces, escapeWhitespaces } = this.#file;
    const space = escapeWhitespaces ? SPACE_MARK : " ";
    const bytes = ENCODER.encode(text);
    let at = 0;
    if (removeExtraWhitespaces) {
      for (; at < bytes.length;) {
        const { text, length } = this.#prefix(bytes, at);
        if (text !== " ") break;
        at += length;
      }
    }
    if (at === bytes.length) return "";
    let out = addDummyPrefix ? space : "";
    let afterSpace = removeExtraWhitespaces;
    while (at < bytes.length) {
      const prefix = this.#prefix(bytes, at);
      at += prefix.length;
      const part = afterSpace ? prefix.text.replace(/^ +/, "") : prefix.text;
      if (part !== "") {
        out += part.replaceAll(" ", space);
        afterSpace = part.endsWith(" ");
      }
      if (!removeExtraWhitespaces) afterSpace = false;
    }
    if (removeExtraWhitespaces) { while (out.endsWith(space)) out = out.slice(0, -space.length); }
    return out;
  }

  /** What the text becomes at a place, and how many bytes of it. */
  #prefix(bytes: Uint8Array, at: number): { text: string; length: number } {
    for (const fixed of this.#fixed) {
      if (fixed.every((byte, i) => bytes[at + i] === byte)) {
        return { text: DECODER.decode(fixed), length: fixed.length };
      }
    }
    const found = this.#map?.longest(bytes, at);
    if (found) return found;
    const length = characterLength(bytes[at]!);
    return { text: DECODER.decode(bytes.subarray(at, at + length)), length };
  }
}

function unigramOf({ pieces, byteFallback }: SentencePieceFile): Unigram {
  let best = -Infinity;
  let rarest = Infinity;
  for (const { score, type } of pieces) {
    if (type !== PIECE_TYPE.normal) continue;
    best = Math.max(best, score);
    rarest = Math.min(rarest, score);
  }
  const never = new Set<number>();
  const byteIds: number[] = [];
  for (const [id, { piece, type }] of pieces.entries()) {
    if (type !== PIECE_TYPE.normal && type !== PIECE_TYPE.userDefined) never.add(id);
    if (type === PIECE_TYPE.byte) byteIds[parseInt(piece.slice(3, 5), 16)] = id;
  }
  return new Unigram({
    pieces: pieces.map(({ piece, score, type }) => {
      // They are to win over whatever else there may be.
      const fixed = Math.fround(ENCODER.encode(piece).length * best - 0.1);
      return [piece, type === PIECE_TYPE.userDefined ? fixed : score];
    }),
    rarest,
    unknownId: Math.max(0, pieces.findIndex(({ type }) => type === PIECE_TYPE.unknown)),
    float32: true,
    never,
    byteIds: byteFallback && byteIds.length === 256 ? byteIds : undefined,
  });
}

function characterLength(first: number): number {
  return first < 0x80 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
}
