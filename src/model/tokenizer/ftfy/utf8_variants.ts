/**
 * Strict UTF-8 decoding, and ftfy's `utf-8-variants` codec, which also reads CESU-8 surrogate pairs
 * and Java's two-byte null (`ftfy/bad_codecs/utf8_variants.py`, ftfy 6.3.1, Apache-2.0).
 *
 * Bytes are held in strings of U+0000..U+00FF.
 *
 * ftfy is Copyright 2023 Robyn Speer, Apache-2.0: see `../NOTICE.md`.
 */

/** `bytes` decoded as strict UTF-8 (RFC 3629), or undefined where they are not UTF-8. */
export function decodeUtf8(bytes: string): string | undefined {
  let out = "";
  let i = 0;
  while (i < bytes.length) {
    const lead = bytes.charCodeAt(i);
    if (lead < 0x80) {
      out += bytes.charAt(i++);
      continue;
    }
    const more = lead >= 0xc2 && lead <= 0xdf ? 1 : lead >= 0xe0 && lead <= 0xef ? 2 : 3;
    if (lead < 0xc2 || lead > 0xf4 || i + more >= bytes.length) return undefined;
    let code = lead & (0x3f >> more);
    for (let k = 1; k <= more; k++) {
      const next = bytes.charCodeAt(i + k);
      if ((next & 0xc0) !== 0x80) return undefined;
      code = (code << 6) | (next & 0x3f);
    }
    if (more === 2 && (code < 0x800 || (code >= 0xd800 && code <= 0xdfff))) return undefined;
    if (more === 3 && (code < 0x10000 || code > 0x10ffff)) return undefined;
    out += String.fromCodePoint(code);
    i += more + 1;
  }
  return out;
}

// In Python `$` also matches before a line feed that ends the bytes, and lines end with one here:
// the original's decoder shows it (it swallows the line feed after a lone 0xC0), so this does too.
const END = "(?=\\n?$)";
const CESU8 = `\\xed(?:[\\xa0-\\xaf]|${END})(?:[\\x80-\\xbf]|${END})` +
  `(?:\\xed|${END})(?:[\\xb0-\\xbf]|${END})(?:[\\x80-\\xbf]|${END})`;
const SURROGATE = `\\xed(?:[\\xa0-\\xbf]|${END})(?:[\\x80-\\xbf]|${END})`;
const CESU8_RE = new RegExp(CESU8, "y");
const SPECIAL_RE = new RegExp(`\\xc0(?:\\x80|${END})|${CESU8}|${SURROGATE}`, "g");

/** `bytes` decoded as `utf-8-variants`, or undefined where the original raises. */
export function decodeUtf8Variants(bytes: string): string | undefined {
  let out = "";
  let position = 0;
  while (position < bytes.length) {
    SPECIAL_RE.lastIndex = position;
    const special = SPECIAL_RE.exec(bytes);
    const until = special === null ? bytes.length : special.index;
    if (until > position) {
      const plain = decodeUtf8(bytes.slice(position, until));
      if (plain === undefined) return undefined;
      out += plain;
      position = until;
      continue;
    }
    const left = bytes.length - position;
    if (bytes.charCodeAt(position) === 0xc0) {
      if (left === 1) return undefined;
      out += "\0";
      position += 2;
      continue;
    }
    CESU8_RE.lastIndex = position;
    // Anything else that starts with 0xED here is a lone surrogate or cut off: not UTF-8.
    if (left < 6 || !CESU8_RE.test(bytes)) return undefined;
    const at = (k: number) => bytes.charCodeAt(position + k);
    out += String.fromCodePoint(
      0x10000 + ((at(1) & 0x0f) << 16) + ((at(2) & 0x3f) << 10) + ((at(4) & 0x0f) << 6) +
        (at(5) & 0x3f),
    );
    position += 6;
  }
  return out;
}
