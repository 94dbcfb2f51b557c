/**
 * Splits cleaned, lower-case text into words as the pattern of openai/CLIP's `SimpleTokenizer` does
 * under Python's `regex` module with IGNORECASE:
 *
 *     <\|startoftext\|>|<\|endoftext\|>|'s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+
 *
 * A hand-written scanner instead of a regular expression: it is faster, and JavaScript's "i" flag
 * widens the classes in another way than Python's (see U+0345 below).
 */

const SPACE = 1;
const LETTER = 2;
const NUMBER = 3;
const OTHER = 4;

/** Class of each code point, filled in when it is first met; untouched pages cost no memory. */
const classes = new Uint8Array(0x110000);

const LETTER_RE = /^\p{L}$/u;
const NUMBER_RE = /^\p{N}$/u;
// White_Space; and U+0345 (combining iota), which no part of the pattern matches: ignoring case it is
// a letter for the negated class, and no letter for the positive one. So it parts words like a space.
const SPACE_RE = /^[\t-\r \x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000\u0345]$/;

function classify(code: number): number {
  const c = String.fromCodePoint(code);
  const kind = LETTER_RE.test(c)
    ? LETTER
    : NUMBER_RE.test(c)
    ? NUMBER
    : SPACE_RE.test(c)
    ? SPACE
    : OTHER;
  return classes[code] = kind;
}

function classOf(code: number): number {
  return classes[code] || classify(code);
}

const APOSTROPHE = 0x27;
const LESS_THAN = 0x3c;
// Ignoring case, U+017F (long s) is an "s", and lower-casing keeps it.
const CONTRACTION_RE = /'(?:[sſtmd]|re|ve|ll)/y;
const SPECIAL_RE = /<\|(?:[sſ]tartoftext|endoftext)\|>/y;

function matchLength(pattern: RegExp, text: string, at: number): number {
  pattern.lastIndex = at;
  return pattern.test(text) ? pattern.lastIndex - at : 0;
}

/** Where a word is in the text: UTF-16 offsets, the end exclusive. */
export interface WordSpan {
  start: number;
  end: number;
}

/**
 * Finds the first word of `text` at or after `from` and writes its place to `span`; false where
 * there is none. `text` must be well-formed UTF-16 and in lower case. Of a word of more than `most`
 * UTF-16 units no more is looked at; its span is then `most` units long, or one more.
 */
export function nextWord(text: string, from: number, span: WordSpan, most = Infinity): boolean {
  const length = text.length;
  let at = from;
  let code = 0;
  let kind = SPACE;
  let width = 1;
  for (; at < length; at += width) {
    code = text.codePointAt(at)!;
    width = code > 0xffff ? 2 : 1;
    kind = classOf(code);
    if (kind !== SPACE) break;
  }
  if (at >= length) return false;
  span.start = at;
  let end = at + width;
  if (kind === OTHER) {
    const fixed = code === APOSTROPHE
      ? matchLength(CONTRACTION_RE, text, at)
      : code === LESS_THAN
      ? matchLength(SPECIAL_RE, text, at)
      : 0;
    if (fixed > 0) {
      span.end = at + fixed;
      return true;
    }
  }
  if (kind !== NUMBER) {
    const until = Math.min(length, at + most);
    while (end < until) {
      code = text.codePointAt(end)!;
      if (classOf(code) !== kind) break;
      end += code > 0xffff ? 2 : 1;
    }
  }
  span.end = end;
  return true;
}
