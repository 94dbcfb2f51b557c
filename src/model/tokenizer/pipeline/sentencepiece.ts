/** SentencePiece's Unigram models as the library itself runs them (google/sentencepiece 0.2). */
import { Charsmap, type CharsmapMatch } from "./charsmap.ts";
import { unitsOf, utf8 } from "./characters.ts";
import { PIECE_TYPE, type SentencePieceFile } from "./sentencepiece_file.ts";
import type { TokenOutput } from "./token_output.ts";
import { Unigram } from "./unigram.ts";

const SPACE_MARK = "\u2581";

/** One model. */
export class SentencePieceModel {
  readonly #file: SentencePieceFile["normalizer"];
  readonly #map: Charsmap | undefined;
  readonly #unigram: Unigram;
  /** Texts that are pieces whatever is around them, by their first character; the longest first. */
  readonly #fixed = new Map<number, string[]>();

  /** @param addDummyPrefix instead of what the file says. */
  constructor(file: SentencePieceFile, addDummyPrefix?: boolean) {
    this.#file = {
      ...file.normalizer,
      ...(addDummyPrefix === undefined ? {} : { addDummyPrefix }),
    };
    const { charsmap } = this.#file;
    this.#map = charsmap.length > 0 ? new Charsmap(charsmap) : undefined;
    this.#unigram = unigramOf(file);
    for (const { piece, type } of file.pieces) {
      if (type !== PIECE_TYPE.userDefined || piece === "") continue;
      const first = piece.codePointAt(0)!;
      this.#fixed.set(first, [...this.#fixed.get(first) ?? [], piece]);
    }
    for (const pieces of this.#fixed.values()) pieces.sort((a, b) => b.length - a.length);
  }

  /** Adds the tokens of a text that `normalize` has made. */
  encode(normalised: string, out: TokenOutput): void {
    if (normalised !== "") this.#unigram.encode(normalised, out);
  }

  /** `Normalizer::Normalize` of `normalizer.cc`. */
  normalize(text: string): string {
    const { addDummyPrefix, removeExtraWhitespaces, escapeWhitespaces } = this.#file;
    const space = escapeWhitespaces ? SPACE_MARK : " ";
    let at = 0;
    if (removeExtraWhitespaces) {
      while (at < text.length) {
        const prefix = this.#prefix(text, at);
        if (prefix.text !== " ") break;
        at += prefix.length;
      }
    }
    if (at === text.length) return "";
    let out = addDummyPrefix ? space : "";
    let afterSpace = removeExtraWhitespaces;
    while (at < text.length) {
      const prefix = this.#prefix(text, at);
      at += prefix.length;
      const part = afterSpace ? prefix.text.replace(/^ +/, "") : prefix.text;
      if (part !== "") {
        out += part.replaceAll(" ", space);
        afterSpace = removeExtraWhitespaces && part.endsWith(" ");
      }
    }
    if (!removeExtraWhitespaces) return out;
    let end = out.length;
    while (end > 0 && out[end - 1] === space) end--;
    return out.slice(0, end);
  }

  /** What the text becomes at a place, and how much of it. */
  #prefix(text: string, at: number): CharsmapMatch {
    const first = text.codePointAt(at)!;
    for (const fixed of this.#fixed.get(first) ?? []) {
      if (text.startsWith(fixed, at)) return { text: fixed, length: fixed.length };
    }
    if (this.#map) return this.#map.longest(text, at);
    const length = unitsOf(first);
    return { text: text.slice(at, at + length), length };
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
  const byteIds: (number | undefined)[] = new Array(256).fill(undefined);
  for (const [id, { piece, type }] of pieces.entries()) {
    if (type !== PIECE_TYPE.normal && type !== PIECE_TYPE.userDefined) never.add(id);
    const byte = /^<0x([0-9A-F]{2})>$/.exec(piece);
    if (type === PIECE_TYPE.byte && byte) byteIds[parseInt(byte[1]!, 16)] = id;
  }
  return new Unigram({
    pieces: pieces.map(({ piece, score, type }) => {
      // They are to win over whatever else there may be.
      return [
        piece,
        type === PIECE_TYPE.userDefined ? Math.fround(utf8(piece).length * best) - 0.1 : score,
      ];
    }),
    rarest,
    unknownId: Math.max(0, pieces.findIndex(({ type }) => type === PIECE_TYPE.unknown)),
    float32: true,
    never,
    byteIds: byteFallback ? byteIds : undefined,
  });
}
