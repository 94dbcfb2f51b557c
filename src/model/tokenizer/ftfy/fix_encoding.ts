/**
 * Mojibake repair: a port of `fix_encoding` of ftfy 6.3.1 (Apache-2.0,
 * https://github.com/rspeer/python-ftfy, `ftfy/__init__.py`, `fixes.py` and `chardata.py`) with its
 * default configuration.
 *
 * ftfy is Copyright 2023 Robyn Speer, Apache-2.0: see `../NOTICE.md`.
 */

import { isBad } from "./badness.ts";
import { c1AsWindows1252, CODEPAGES, encodeCodepage, possibleCodepages } from "./codepages.ts";
import tables from "./mojibake_tables.json" with { type: "json" };
import { decodeUtf8, decodeUtf8Variants } from "./utf8_variants.ts";

// Bytes that would be UTF-8 if a space were byte A0 again. Which lead bytes are taken is a choice of
// the original: those that form likely characters.
const ALTERED_UTF8 = "[\\xc2\\xc3\\xc5\\xce\\xd0\\xd9][ ]" +
  "|[\\xe2\\xe3][ ][\\x80-\\x84\\x86-\\x9f\\xa1-\\xbf]" +
  "|[\\xe0-\\xe3][\\x80-\\x84\\x86-\\x9f\\xa1-\\xbf][ ]" +
  "|[\\xf0][ ][\\x80-\\xbf][\\x80-\\xbf]" +
  "|[\\xf0][\\x80-\\xbf][ ][\\x80-\\xbf]" +
  "|[\\xf0][\\x80-\\xbf][\\x80-\\xbf][ ]";
const HAS_ALTERED_UTF8_RE = new RegExp(ALTERED_UTF8);
const ALTERED_UTF8_RE = new RegExp(ALTERED_UTF8, "g");

// "à" as a word of its own keeps its space; the words named are Portuguese contractions.
const A_GRAVE_WORD_RE = /\xc3 (?! |quele|quela|quilo|s )/g;

/** UTF-8 and CESU-8 sequences where continuation bytes were lost to U+FFFD (0x1A here) or "?". */
const LOSSY_UTF8_RE = new RegExp(
  "[\\xc2-\\xdf][\\x1a]" +
    "|[\\xc2-\\xc3][?]" +
    "|\\xed[\\xa0-\\xaf][\\x1a?]\\xed[\\xb0-\\xbf][\\x1a?\\x80-\\xbf]" +
    "|\\xed[\\xa0-\\xaf][\\x1a?\\x80-\\xbf]\\xed[\\xb0-\\xbf][\\x1a?]" +
    "|[\\xe0-\\xef][\\x1a?][\\x1a\\x80-\\xbf]" +
    "|[\\xe0-\\xef][\\x1a\\x80-\\xbf][\\x1a?]" +
    "|[\\xf0-\\xf4][\\x1a?][\\x1a\\x80-\\xbf][\\x1a\\x80-\\xbf]" +
    "|[\\xf0-\\xf4][\\x1a\\x80-\\xbf][\\x1a?][\\x1a\\x80-\\xbf]" +
    "|[\\xf0-\\xf4][\\x1a\\x80-\\xbf][\\x1a\\x80-\\xbf][\\x1a?]" +
    "|\\x1a",
  "g",
);
const REPLACEMENT_UTF8 = "\xef\xbf\xbd";

const {
  utf8_first_of_2: first2,
  utf8_first_of_3: first3,
  utf8_first_of_4: first4,
  utf8_continuation: continuation,
  utf8_continuation_strict: continuationStrict,
} = tables.clues;
const UTF8_DETECTOR_RE = new RegExp(
  `(?<![${continuationStrict}])(?:[${first2}][${continuation}]` +
    `|[${first3}][${continuation}]{2}|[${first4}][${continuation}]{3})+`,
  "gu",
);

const LATIN_1_BIT = CODEPAGES.find((page) => page.name === "latin-1")!.bit;
const C1_RE = /[\x80-\x9f]/;
const UNASSIGNED_IN_WINDOWS_1252_RE = /[\x81\x8d\x8f\x90\x9d]/;

/**
 * Text that was decoded with the wrong single-byte encoding, decoded as it was meant; anything that
 * does not look like mojibake comes back as it is. Never throws.
 */
export function fixEncoding(text: string): string {
  for (;;) {
    const fixed = fixOneLayer(text);
    if (fixed === text) return text;
    text = fixed;
  }
}

function fixOneLayer(text: string): string {
  if (!isBad(text)) return text;
  const possible = possibleCodepages(text);
  for (const page of CODEPAGES) {
    if ((possible & page.bit) === 0) continue;
    let bytes = encodeCodepage(text, page);
    // In MacRoman this would match an en dash followed by a space.
    if (page.name !== "macroman" && HAS_ALTERED_UTF8_RE.test(bytes)) bytes = restoreByteA0(bytes);
    if (page.sloppy) bytes = bytes.replace(LOSSY_UTF8_RE, REPLACEMENT_UTF8);
    const variants = bytes.includes("\xed") || bytes.includes("\xc0");
    const fixed = variants ? decodeUtf8Variants(bytes) : decodeUtf8(bytes);
    if (fixed !== undefined) return fixed;
  }
  const consistent = decodeInconsistentUtf8(text);
  if (consistent !== text) return consistent;
  // Characters of Latin-1 that are not in Windows-1252 are C1 controls, and nobody wants those.
  if ((possible & LATIN_1_BIT) !== 0 && !UNASSIGNED_IN_WINDOWS_1252_RE.test(text)) {
    const fixed = c1AsWindows1252(text);
    if (fixed !== text) return fixed;
  }
  return C1_RE.test(text) ? c1AsWindows1252(text) : text;
}

function restoreByteA0(bytes: string): string {
  return bytes
    .replace(A_GRAVE_WORD_RE, "\xc3\xa0 ")
    .replace(ALTERED_UTF8_RE, (sequence) => sequence.replaceAll(" ", "\xa0"));
}

/** Repairs the parts of `text` that look like UTF-8 mojibake of their own. */
function decodeInconsistentUtf8(text: string): string {
  return text.replace(UTF8_DETECTOR_RE, (part) =>
    // Only a shorter part is looked at again, or this would never end.
    part.length < text.length && isBad(part) ? fixEncoding(part) : part);
}
