/** Characters in UTF-16. */

/** Whether the two units at a place are one character. */
export function isSurrogatePair(text: string, at: number): boolean {
  const first = text.charCodeAt(at);
  if (first < 0xd800 || first > 0xdbff) return false;
  const second = text.charCodeAt(at + 1);
  return second >= 0xdc00 && second <= 0xdfff;
}

/** UTF-16 units of a code point. */
export function unitsOf(codePoint: number): number {
  return codePoint > 0xffff ? 2 : 1;
}

/** Bytes of a code point in UTF-8. */
export function bytesOf(codePoint: number): number {
  return codePoint < 0x80 ? 1 : codePoint < 0x800 ? 2 : codePoint < 0x10000 ? 3 : 4;
}

const ENCODER = new TextEncoder();

/** UTF-8. */
export function utf8(text: string): Uint8Array {
  return ENCODER.encode(text);
}
