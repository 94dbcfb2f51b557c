/** Long texts in pieces. */
import { ClipError } from "../errors.ts";

/**
 * Longest text that is read, bytes. The runtime keeps a text that was put together of pieces as
 * pieces, and makes one of them at one go when it is first looked into: so that this takes no longer
 * than a few slices.
 */
export const MAX_TEXT_BYTES = 1 << 25;

/** What a longer text fails with. */
export function textTooLong(): ClipError {
  return new ClipError(
    "too_large",
    `Cannot read a text of more than ${MAX_TEXT_BYTES} bytes: only images may be larger`,
  );
}

const PIECE = 1 << 16;

/** Where the piece of a text that begins at `at` ends: no character is cut. */
export function pieceEnd(text: string, at: number): number {
  const end = at + PIECE;
  if (end >= text.length) return text.length;
  const last = text.charCodeAt(end - 1);
  return last >= 0xd800 && last < 0xdc00 ? end - 1 : end;
}
