/**
 * `fixText` piece by piece, for a reader who needs only the beginning of a long text.
 *
 * ftfy decides by whole segments (lines, or a million code points of one): mojibake at the end of a
 * line changes how its beginning is decoded. So a segment is repaired whole, unless one look at it
 * shows that nothing in it depends on what is far away; then it is repaired in pieces.
 */

import { BADNESS_TRIGGERS, isBad } from "./badness.ts";
import { REPAIRED_CHARACTERS } from "./character_fixes.ts";
import { fixSegment, segmentEnd } from "./fix_text.ts";
import { hasEntity, unescapeEntities } from "./unescape_entities.ts";

/** UTF-16 units of the first piece, if nothing else is said; each is twice as long as the one before. */
export const FIRST_PIECE = 4096;

// What a unit may lead to, after any of the repairs.
/** Mojibake may come of it. */
const RISKY = 1;
/** A repair other than that of quotes changes it. */
const CHANGES = 2;
/** Nothing is known: an escape, a mark that makes an accented Latin, Greek or Cyrillic letter. */
const UNSURE = 4;
const AMPERSAND = 8;
/** A piece may begin with it: it is part of nothing that began before. */
const BEGINS = 16;
/** White space, or a control character that is removed. */
const BLANK = 32;
const KNOWN = 128;

const TRIGGER_RE = new RegExp(`[${BADNESS_TRIGGERS}]`);
const QUOTE_RE = /[\u02bc\u2018-\u201b\u201c-\u201f]/;
const REPAIRED_RE = new RegExp(`[${REPAIRED_CHARACTERS}]`);
// deno-lint-ignore no-control-regex -- ESC is what it looks for
const UNSURE_RE = /[\x1b\x80-\x9f\u0300-\u036f\uff06]/;
// Not an escape, which may be one with visible characters; nor what may be half of mojibake.
const BLANK_RE = new RegExp(
  "[\\0-\\x1a\\x1c-\\x20\\x7f\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u206a-\\u206f\\u3000" +
    "\\ufeff\\ufff9-\\ufffc]",
);
// Marks, the Hangul vowels and finals that compose with what is before, and half-width forms, which
// may become such.
const CONTINUES_RE = /[\p{M}\u1160-\u11ff\ud7b0-\ud7ff\ud800-\udfff\uff00-\uffff]/u;

const PICTOGRAPH_RE = /^\p{Extended_Pictographic}$/u;

const unitTable = new Uint8Array(0x10000);

function classify(unit: number): number {
  const c = String.fromCharCode(unit);
  const composed = c.normalize("NFC");
  const most = c.normalize("NFKC");
  let flags = KNOWN;
  if (unit < 0xd800 || unit > 0xdfff) {
    if (TRIGGER_RE.test(c) || TRIGGER_RE.test(most)) flags |= RISKY;
    if (composed !== c || (REPAIRED_RE.test(c) && !QUOTE_RE.test(c))) flags |= CHANGES;
    if (UNSURE_RE.test(c) || UNSURE_RE.test(most)) flags |= UNSURE;
  }
  if (BLANK_RE.test(c)) flags |= BLANK;
  if (c === "&") flags |= AMPERSAND;
  const begins = unit >= 0x20 && unit !== 0x7f && !CONTINUES_RE.test(c) &&
    (flags & (RISKY | UNSURE)) === 0;
  if (begins) flags |= BEGINS;
  return unitTable[unit] = flags;
}

function flagsAt(text: string, at: number): number {
  const unit = text.charCodeAt(at);
  return unitTable[unit] || classify(unit);
}

/**
 * Whether every repair of `segment`, its entities already undone once, looks no farther than to the
 * next character that begins something (`BEGINS`). False where that is not sure.
 */
function isLocal(segment: string, unescape: boolean): boolean {
  // Halves of pairs become U+FFFD, which is a sign of mojibake.
  if (!segment.isWellFormed()) return false;
  let flags = 0;
  for (let i = 0; i < segment.length; i++) flags |= flagsAt(segment, i);
  if ((flags & UNSURE) !== 0) return false;
  if (unescape && (flags & AMPERSAND) !== 0) {
    // A character that is repaired may complete an entity.
    if ((flags & CHANGES) !== 0) return false;
    if (hasEntity(segment)) return false;
  }
  if ((flags & RISKY) === 0) return true;
  // Straight quotes in the place of curly ones make no text look like mojibake that did not before.
  return (flags & CHANGES) === 0 && !isBad(segment);
}

/** Where the first piece that begins at `from` or after may begin. */
function pieceEnd(segment: string, from: number): number {
  for (let at = from; at < segment.length; at++) {
    if ((flagsAt(segment, at) & BEGINS) !== 0) return at;
    // Pictographs are no marks, and in no composition.
    if (PICTOGRAPH_RE.test(String.fromCodePoint(segment.codePointAt(at)!))) return at;
  }
  return segment.length;
}

function* segmentPieces(
  segment: string,
  unescape: boolean,
  firstPiece: number,
): Generator<string> {
  if (segment.length > firstPiece) {
    // The first round begins with this; a second layer of entities would wait for the mojibake.
    const plain = unescape ? unescapeEntities(segment) : segment;
    if (isLocal(plain, unescape)) {
      for (let from = 0, size = firstPiece; from < plain.length; size *= 2) {
        const to = pieceEnd(plain, Math.min(from + size, plain.length));
        yield fixSegment(plain.slice(from, to), unescape);
        from = to;
      }
      return;
    }
  }
  yield fixSegment(segment, unescape);
}

/** Past the lines from `position` that hold nothing visible. */
function skipBlankLines(text: string, position: number): number {
  for (let at = position; at < text.length; at++) {
    if (text.charCodeAt(at) === 0x0a) position = at + 1;
    else if ((flagsAt(text, at) & BLANK) === 0) break;
  }
  return position;
}

/**
 * `fixText(text)` in pieces, made as they are asked for; only lines without anything visible are
 * left out, since white space only parts words.
 */
export function* fixedPieces(text: string, firstPiece = FIRST_PIECE): Generator<string> {
  let unescape = true;
  let lineEnd = 0;
  for (let position = skipBlankLines(text, 0); position < text.length;) {
    if (position >= lineEnd) lineEnd = text.indexOf("\n", position) + 1 || text.length;
    const end = segmentEnd(text, position, lineEnd);
    const segment = text.slice(position, end);
    if (segment.includes("<")) unescape = false;
    position = end;
    yield* segmentPieces(segment, unescape, firstPiece);
    if (end < lineEnd) continue;
    position = skipBlankLines(text, end);
    // The repair of a line may have taken its line feed away.
    if (position > end) yield "\n";
  }
}
