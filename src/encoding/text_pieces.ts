/** Long texts in pieces. */

const PIECE = 1 << 16;

/** Where the piece of a text that begins at `at` ends: no character is cut. */
export function pieceEnd(text: string, at: number): number {
  const end = at + PIECE;
  if (end >= text.length) return text.length;
  const last = text.charCodeAt(end - 1);
  return last >= 0xd800 && last < 0xdc00 ? end - 1 : end;
}
