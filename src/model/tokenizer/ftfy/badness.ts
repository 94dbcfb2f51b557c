/**
 * Whether a text looks like mojibake: a port of `ftfy/badness.py` (ftfy 6.3.1, Apache-2.0,
 * https://github.com/rspeer/python-ftfy). The alternatives below stand in the original's order.
 *
 * ftfy is Copyright 2023 Robyn Speer, Apache-2.0: see `../NOTICE.md`.
 */

import tables from "./mojibake_tables.json" with { type: "json" };

const {
  common,
  c1,
  bad,
  law,
  currency,
  start_punctuation: start,
  end_punctuation: end,
  numeric,
  kaomoji,
  upper_accented: upper,
  lower_accented: lower,
  upper_common: upperCommon,
  lower_common: lowerCommon,
  box,
} = tables.categories;

/** What Python's `\s` matches in a str pattern: `str.isspace`. */
const SPACE =
  "[\\t-\\r\\x1c-\\x20\\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000]";
/** What Python's `\w` matches in a str pattern: `str.isalnum` or an underscore. */
const WORD = "[\\p{L}\\p{N}_]";

const BADNESS = [
  `[${c1}]`,
  `[${bad}${lower}${upper}${box}${start}${end}${currency}${numeric}${law}][${bad}]`,
  `[a-zA-Z][${lowerCommon}${upperCommon}][${bad}]`,
  `[${bad}][${lower}${upper}${box}${start}${end}${currency}${numeric}${law}]`,
  `[${lower}${lowerCommon}${box}${end}${currency}${numeric}][${upper}]`,
  `[${box}${end}${currency}${numeric}][${lower}]`,
  `[${lower}${box}${end}][${currency}]`,
  `${SPACE}[${upper}][${currency}]`,
  `[${upper}${box}][${numeric}${law}]`,
  `[${lower}${upper}${box}${currency}${end}][${start}][${numeric}]`,
  `[${lower}${upper}${currency}${numeric}${box}${law}][${end}][${start}]`,
  `[${currency}${numeric}${box}][${start}]`,
  `[a-z][${upper}][${start}${currency}]`,
  `[${box}][${kaomoji}]`,
  `[${lower}${upper}${currency}${numeric}${start}${end}${law}][${box}]`,
  `[${box}][${end}]`,
  `[${lower}${upper}][${start}${end}]${WORD}`,
  // The ligature œ when not followed by an unaccented Latin letter.
  "[Œœ][^A-Za-z]",
  // Degree signs after capital letters.
  `[${upper}]°`,
  // Common Windows-1252 mojibake of two characters that the cases above do not cover.
  `[ÂÃÎÐ][€œŠš¢£Ÿž\\xa0\\xad®°·»${start}${end}–—´]`,
  "×[²³]",
  // Arabic words as Windows-1252: the "common" characters count, so four characters must match.
  `[ØÙ][${common}${currency}${bad}${numeric}${start}ŸŠ®°µ»]` +
  `[ØÙ][${common}${currency}${bad}${numeric}${start}ŸŠ®°µ»]`,
  // Windows-1252 mojibake that starts three-byte sequences of some South Asian alphabets.
  "à[²µ¹¼½¾]",
  // MacRoman mojibake.
  "√[±∂†≠®™´≤≥¥µø]",
  "≈[°¢]",
  "‚Ä[ìîïòôúùû†°¢π]",
  "‚[âó][àä°ê]",
  // Windows-1251 mojibake of characters in the U+2000 range.
  "вЂ",
  // Windows-1251 mojibake of Latin-1 or Cyrillic: three characters, since two may be common.
  `[ВГРС][${c1}${bad}${start}${end}${currency}°µ][ВГРС]`,
  // Windows-1251 mojibake on top of Latin-1 mojibake, with a Latin letter nearby.
  "ГўВЂВ[^\\n][A-Za-z ]",
  // Windows-1252 encodings of à, á and the no-break space.
  "Ã[\\xa0¡]",
  `[a-z]${SPACE}?[ÃÂ][ ]`,
  "^[ÃÂ][ ]",
  // Â before a character, as an encoding of that same character.
  `[a-z.,?!${end}]Â[ ${start}${end}]`,
  // Windows-1253 mojibake of characters in the U+2000 range.
  "β€[™\\xa0Ά\\xad®°]",
  // Windows-1253 mojibake of Latin-1 or Greek.
  `[ΒΓΞΟ][${c1}${bad}${start}${end}${currency}°][ΒΓΞΟ]`,
  // Windows-1257 mojibake of characters in the U+2000 range.
  "ā€",
];

/**
 * A class (for use inside brackets) with at least one member in every match of every alternative
 * above: a text without any of these characters is never bad. All are beyond ASCII.
 */
export const BADNESS_TRIGGERS =
  `${c1}${bad}${law}${currency}${start}${end}${numeric}${upper}${box}œÙØ°Ђ`;

const BADNESS_RE = new RegExp(BADNESS.join("|"), "u");

/** Whether `text` holds a sequence of characters that is more likely mojibake than intended. */
export function isBad(text: string): boolean {
  return BADNESS_RE.test(text);
}
