/**
 * The single-byte code pages that text may have been decoded with by mistake, including ftfy's
 * "sloppy" ones, which pass unassigned bytes through as Latin-1 and write U+FFFD as byte 0x1A
 * (`ftfy/chardata.py` and `ftfy/bad_codecs/sloppy.py`, ftfy 6.3.1, Apache-2.0).
 *
 * Bytes are held in strings of U+0000..U+00FF: regular expressions work on them directly.
 *
 * ftfy is Copyright 2023 Robyn Speer, Apache-2.0: see `../NOTICE.md`.
 */

import tables from "./mojibake_tables.json" with { type: "json" };

const SUBSTITUTE = 0x1a;
const REPLACEMENT = 0xfffd;

/** One single-byte encoding. */
export interface Codepage {
  name: string;
  /** Whether it is one of ftfy's sloppy encodings. */
  sloppy: boolean;
  /** Bit of this encoding in the masks of `possibleCodepages`. */
  bit: number;
  /** Byte of each character beyond ASCII (and of U+FFFD where sloppy). */
  bytes: ReadonlyMap<number, number>;
}

/** The encodings in the order in which ftfy tries them. */
export const CODEPAGES: readonly Codepage[] = Object.entries(tables.codepages).map(
  ([name, upper], index) => {
    const sloppy = name.startsWith("sloppy-");
    const bytes = new Map<number, number>();
    for (let i = 0; i < upper.length; i++) bytes.set(upper.charCodeAt(i), 0x80 + i);
    if (sloppy) bytes.set(REPLACEMENT, SUBSTITUTE);
    return { name, sloppy, bit: 1 << index, bytes };
  },
);

const ALL = (1 << CODEPAGES.length) - 1;
const SLOPPY = CODEPAGES.reduce((mask, page) => page.sloppy ? mask | page.bit : mask, 0);

/** Which encodings know a character beyond ASCII. */
const MASKS = new Map<number, number>();
for (const page of CODEPAGES) {
  for (const code of page.bytes.keys()) MASKS.set(code, (MASKS.get(code) ?? 0) | page.bit);
}

/**
 * The encodings that `text` could have been decoded from, as a mask of `Codepage.bit`
 * (`possible_encoding` of the original, for all of them at once).
 */
export function possibleCodepages(text: string): number {
  let mask = ALL;
  for (let i = 0; i < text.length && mask !== 0; i++) {
    const code = text.charCodeAt(i);
    if (code >= 0x80) mask &= MASKS.get(code) ?? 0;
    else if (code === SUBSTITUTE) mask &= ~SLOPPY;
  }
  return mask;
}

/** `text` as bytes in `page`; the text must be possible in it. */
export function encodeCodepage(text: string, page: Codepage): string {
  let out = "";
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    out += String.fromCharCode(code < 0x80 ? code : page.bytes.get(code) ?? SUBSTITUTE);
  }
  return out;
}

const WINDOWS_1252 = tables.codepages["sloppy-windows-1252"];

/** The C1 control characters of `text` as the Windows-1252 characters of the same bytes. */
export function c1AsWindows1252(text: string): string {
  return text.replace(/[\x80-\x9f]/g, (c) => WINDOWS_1252.charAt(c.charCodeAt(0) - 0x80));
}
