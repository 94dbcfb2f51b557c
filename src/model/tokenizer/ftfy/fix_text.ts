/**
 * `ftfy.fix_text` with its default configuration: a port of ftfy 6.3.1 (Apache-2.0,
 * https://github.com/rspeer/python-ftfy, `ftfy/__init__.py`).
 *
 * ftfy is Copyright 2023 Robyn Speer, Apache-2.0: see `../NOTICE.md`.
 */

import { BADNESS_TRIGGERS } from "./badness.ts";
import {
  fixCharacterWidth,
  fixLatinLigatures,
  fixLineBreaks,
  removeControlCharacters,
  removeTerminalEscapes,
  REPAIRED_CHARACTERS,
  uncurlQuotes,
} from "./character_fixes.ts";
import { normalize } from "../normalize.ts";
import { c1AsWindows1252 } from "./codepages.ts";
import { fixEncoding } from "./fix_encoding.ts";
import { unescapeEntities, unescapeEntitiesFully } from "./unescape_entities.ts";

/** Segments longer than this many code points are cut (`max_decode_length` of the original). */
const MAX_SEGMENT = 1_000_000;

/**
 * Limit of rounds times length for one segment. The original repeats its repairs until nothing
 * changes, which takes quadratic time on hostile text; real text needs two or three rounds.
 */
const MAX_WORK = 64_000_000;
const MIN_ROUNDS = 16;
/** Entities in more layers than this are decoded in one walk. */
const ROUNDS_BEFORE_SHORTCUT = 4;

/** Might be mojibake (`isBad` can be true). */
const MOJIBAKE = 1;
/** A C1 control character. */
const C1 = 2;
/** One of the small repairs may apply. */
const REPAIR = 4;
/** Half of a surrogate pair. */
const SURROGATE = 8;
/** From U+0300 on: NFC may change something. */
const COMPOSE = 16;
const AMPERSAND = 32;
/** Beyond ASCII, or a control character: of no interest to the fast path for entities. */
const NOT_PLAIN = 64;
/** Set for every code unit that has been looked at. */
const KNOWN = 128;

const TRIGGER_RE = new RegExp(`[${BADNESS_TRIGGERS}]`);
const REPAIRED_RE = new RegExp(`[${REPAIRED_CHARACTERS}]`);

/** Flags of each UTF-16 code unit, filled in when it is first met. */
const flagTable = new Uint8Array(0x10000);

function classify(unit: number): number {
  const c = String.fromCharCode(unit);
  let flags = KNOWN;
  if (TRIGGER_RE.test(c)) flags |= MOJIBAKE;
  if (unit >= 0x80 && unit < 0xa0) flags |= C1;
  if (REPAIRED_RE.test(c)) flags |= REPAIR | NOT_PLAIN;
  if (unit >= 0xd800 && unit < 0xe000) flags |= SURROGATE;
  if (unit >= 0x300) flags |= COMPOSE;
  if (c === "&") flags |= AMPERSAND;
  if (unit >= 0x80) flags |= NOT_PLAIN;
  return flagTable[unit] = flags;
}

function flagsOf(text: string): number {
  let flags = 0;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    flags |= flagTable[unit] || classify(unit);
  }
  return flags & ~KNOWN;
}

/**
 * `text` with mojibake decoded, entities unescaped (up to the first line that holds a "<"), line
 * breaks, quotes, widths and ligatures made uniform, control characters removed, in NFC.
 *
 * Takes any string and never throws; lone surrogates become U+FFFD. Equal to ftfy 6.3.1, except that
 * hostile text which would need thousands of rounds of repair is left when the work limit is spent.
 */
export function fixText(text: string): string {
  // Nothing here changes plain text; NFC starts to matter at U+0300.
  if ((flagsOf(text) & ~NOT_PLAIN) === 0) return text;
  let out = "";
  let unescape = true;
  let position = 0;
  while (position < text.length) {
    const lineEnd = text.indexOf("\n", position) + 1 || text.length;
    const end = segmentEnd(text, position, lineEnd);
    const segment = text.slice(position, end);
    // As in the original, a "<" also turns it off for all that follows.
    if (segment.includes("<")) unescape = false;
    out += fixSegment(segment, unescape);
    position = end;
  }
  return out;
}

/** Where the segment from `position` ends: at `lineEnd`, or `MAX_SEGMENT` code points on. */
export function segmentEnd(text: string, position: number, lineEnd: number): number {
  if (lineEnd - position <= MAX_SEGMENT) return lineEnd;
  let end = position;
  for (let count = 0; count < MAX_SEGMENT && end < lineEnd; count++) {
    end += text.codePointAt(end)! > 0xffff ? 2 : 1;
  }
  return end;
}

/** `fixText` of one segment; `unescape`: no line until its end holds a "<". */
export function fixSegment(segment: string, unescape: boolean): string {
  let text = segment;
  const rounds = Math.max(MIN_ROUNDS, Math.ceil(MAX_WORK / Math.max(1, text.length)));
  for (let round = 0; round < rounds; round++) {
    const flags = flagsOf(text);
    if (unescape && flags === AMPERSAND && round >= ROUNDS_BEFORE_SHORTCUT) {
      const plain = unescapeEntitiesFully(text);
      if ((flagsOf(plain) & ~AMPERSAND) === 0) return plain;
    }
    const fixed = fixOnce(text, flags, unescape);
    if (fixed === text) return text;
    text = fixed;
  }
  return text;
}

/** One round of every repair, in the order of the original. `flags` are those of `text`. */
function fixOnce(text: string, flags: number, unescape: boolean): string {
  if (unescape && (flags & AMPERSAND) !== 0) {
    const unescaped = unescapeEntities(text);
    if (unescaped !== text) flags = flagsOf(text = unescaped);
  }
  if ((flags & MOJIBAKE) !== 0) {
    const decoded = fixEncoding(text);
    if (decoded !== text) flags = flagsOf(text = decoded);
  }
  if ((flags & C1) !== 0) flags = flagsOf(text = c1AsWindows1252(text));
  if ((flags & REPAIR) !== 0) {
    text = fixLineBreaks(uncurlQuotes(fixCharacterWidth(fixLatinLigatures(text))));
  }
  if ((flags & SURROGATE) !== 0) text = text.toWellFormed();
  if ((flags & REPAIR) !== 0) text = removeControlCharacters(removeTerminalEscapes(text));
  return (flags & COMPOSE) !== 0 ? normalize(text, "NFC") : text;
}
