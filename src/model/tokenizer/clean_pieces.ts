/** `cleanText` for a reader who needs only the beginning of a long text. */

import { FIRST_PIECE, fixedPieces } from "./ftfy/fixed_pieces.ts";
import { openReferenceAt, unescapeHtml } from "./html/unescape.ts";

/**
 * `cleanText(text)` in pieces, made as they are asked for; runs of white space may be shorter. The
 * pieces may end anywhere, also inside of a word. `firstPiece`: UTF-16 units of the
 * text from which on a line is taken apart at all.
 */
export function* cleanPieces(text: string, firstPiece = FIRST_PIECE): Generator<string> {
  const lower = new LowerCase();
  for (const piece of repairedPieces(text, firstPiece)) {
    const clean = lower.push(piece);
    if (clean.length > 0) yield clean;
  }
  yield lower.end("");
}

/** The same before it is made lower case: repaired, and without HTML's references. */
export function* repairedPieces(text: string, firstPiece = FIRST_PIECE): Generator<string> {
  const once = new References();
  const twice = new References();
  for (const fixed of fixedPieces(text, firstPiece)) yield twice.push(once.push(fixed));
  yield twice.push(once.end()) + twice.end();
}

/** `unescapeHtml` of what comes in pieces. */
class References {
  /** The beginning of what may be a reference. */
  #open = "";

  push(piece: string): string {
    const text = this.#open + piece;
    const end = openReferenceAt(text);
    this.#open = text.slice(end);
    return unescapeHtml(text.slice(0, end));
  }

  end(): string {
    const last = this.#open;
    this.#open = "";
    return unescapeHtml(last);
  }
}

// A capital sigma that ends a word becomes another letter than others: the one case in which what is
// around a letter matters (Unicode's Final_Sigma).
const SIGMA = "\u03a3";
const OPEN_SIGMA_RE = /\u03a3\p{Case_Ignorable}*$/u;
const IGNORABLE_RE = /^\p{Case_Ignorable}$/u;
const CASED_RE = /^\p{Cased}$/u;

/** `toLowerCase` of what comes in pieces. */
class LowerCase {
  /** A letter, if a sigma that came now would be one after a letter. */
  #before = "";
  #open = "";

  push(piece: string): string {
    const text = this.#open + piece;
    const last = text.lastIndexOf(SIGMA);
    const end = last >= 0 && OPEN_SIGMA_RE.test(text.slice(last)) ? last : text.length;
    this.#open = text.slice(end);
    return this.#lower(text.slice(0, end));
  }

  end(piece: string): string {
    const text = this.#open + piece;
    this.#open = "";
    return this.#lower(text);
  }

  #lower(text: string): string {
    // What follows, if it is known to be of consequence, is a sigma: a letter.
    const after = this.#open === "" ? "" : "a";
    const all = (this.#before + text + after).toLowerCase();
    const lower = all.slice(this.#before.length, all.length - after.length);
    this.#before = casedAtEnd(text, this.#before) ? "a" : "";
    return lower;
  }
}

/** Whether the last character of `text` that does not count for nothing is a cased one. */
function casedAtEnd(text: string, otherwise: string): boolean {
  for (let at = text.length; at > 0;) {
    const pair = at > 1 && (text.charCodeAt(at - 1) & 0xfc00) === 0xdc00;
    const c = text.slice(at - (pair ? 2 : 1), at);
    if (!IGNORABLE_RE.test(c)) return CASED_RE.test(c);
    at -= c.length;
  }
  return otherwise !== "";
}
