/** Texts that both databases keep as they are. */

const encoder = new TextEncoder();

/**
 * What keeps a text from being an id or a column's value, as the end of a sentence about it;
 * undefined if nothing does.
 */
export function textFault(text: string, maxBytes: number): string | undefined {
  // No character has more than three bytes for each of its code units.
  const long = text.length > maxBytes ||
    (3 * text.length > maxBytes && encoder.encode(text).length > maxBytes);
  if (long) return `has more than ${maxBytes} bytes of UTF-8`;
  if (text.includes("\0")) return "has the character U+0000";
  if (!text.isWellFormed()) return "has half of a pair of UTF-16, which is no character";
  return undefined;
}
