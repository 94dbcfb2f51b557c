/**
 * `html.unescape` of Python 3.11: character references as HTML5 reads them in text
 * (https://html.spec.whatwg.org/multipage/parsing.html#character-reference-state), with Python's
 * limit of 32 characters and its longest-prefix search for names without a semicolon.
 */

import entities from "./html5_entities.json" with { type: "json" };

const REFERENCE_RE = /&(#[0-9]+;?|#[xX][0-9a-fA-F]+;?|[^\t\n\f <&#;]{1,32};?)/gu;

/** What code points 0x80..0x9F mean in a reference: Windows-1252, or themselves. */
const WINDOWS_1252 =
  "\u20ac\x81\u201a\u0192\u201e\u2026\u2020\u2021\u02c6\u2030\u0160\u2039\u0152" +
  "\x8d\u017d\x8f\x90\u2018\u2019\u201c\u201d\u2022\u2013\u2014\u02dc\u2122\u0161\u203a\u0153\x9d" +
  "\u017e\u0178";

const names = new Map<string, string>(Object.entries(entities));
const LONGEST_NAME = Math.max(...Object.keys(entities).map((name) => name.length));

/** The characters of a named reference (without "&", with ";" where the name has one). */
export function html5Entity(name: string): string | undefined {
  return names.get(name);
}

/** `text` with its character references replaced. Takes any string and never throws. */
export function unescapeHtml(text: string): string {
  if (!text.includes("&")) return text;
  return text.replace(
    REFERENCE_RE,
    (_, body: string) => body.startsWith("#") ? numericReference(body) : namedReference(body),
  );
}

const OPEN_REFERENCE_RE = /^&(?:#[0-9]*|#[xX][0-9a-fA-F]*|[^\t\n\f <&#;]{0,32})$/u;

/** Where a reference begins that more text at the end of `text` could make longer; or its length. */
export function openReferenceAt(text: string): number {
  const at = text.lastIndexOf("&");
  return at >= 0 && OPEN_REFERENCE_RE.test(text.slice(at)) ? at : text.length;
}

function namedReference(body: string): string {
  for (let length = Math.min(body.length, LONGEST_NAME); length > 1; length--) {
    const value = names.get(body.slice(0, length));
    if (value !== undefined) return value + body.slice(length);
  }
  return `&${body}`;
}

function numericReference(body: string): string {
  // Too many digits give Infinity, which is out of range as it should be.
  const digits = body.endsWith(";") ? body.slice(0, -1) : body;
  const code = /^#[xX]/.test(digits) ? parseInt(digits.slice(2), 16) : Number(digits.slice(1));
  if (code === 0) return "\ufffd";
  if (code >= 0x80 && code <= 0x9f) return WINDOWS_1252.charAt(code - 0x80);
  if ((code >= 0xd800 && code <= 0xdfff) || code > 0x10ffff) return "\ufffd";
  return isInvalid(code) ? "" : String.fromCodePoint(code);
}

/** Controls and noncharacters, which Python drops. A carriage return stays. */
function isInvalid(code: number): boolean {
  if (code < 0x20) return code !== 0x09 && code !== 0x0a && code !== 0x0c && code !== 0x0d;
  return code === 0x7f || (code >= 0xfdd0 && code <= 0xfdef) || (code & 0xfffe) === 0xfffe;
}
