/** UTF-8, checked and decoded in slices. */
import { isUtf8 } from "node:buffer";
import type { Sliced, Slices } from "./slices.ts";

const PIECE_BYTES = 1 << 20;
const UTF8 = new TextDecoder("utf-8", { ignoreBOM: true });

/** The last place at or before `at` where no character is cut. */
export function characterStart(bytes: Uint8Array, at: number): number {
  let start = at;
  while (start > 0 && start > at - 4 && start < bytes.length && (bytes[start]! & 0xc0) === 0x80) {
    start--;
  }
  return start;
}

/** Whether bytes are UTF-8. */
export function* isUtf8InSlices(bytes: Uint8Array, slices: Slices): Sliced<boolean> {
  for (let at = 0; at < bytes.length;) {
    let end = Math.min(at + PIECE_BYTES, bytes.length);
    if (end < bytes.length) end = characterStart(bytes, end);
    if (!isUtf8(bytes.subarray(at, end))) return false;
    // The check is some twenty times faster than a scan.
    if (slices.spent((end - at) / 16)) yield;
    at = end;
  }
  return true;
}

/** The text of bytes that are UTF-8; a byte order mark is kept. */
export function* decodeUtf8InSlices(bytes: Uint8Array, slices: Slices): Sliced<string> {
  if (bytes.length <= PIECE_BYTES) {
    slices.spent(bytes.length / 2);
    return UTF8.decode(bytes);
  }
  let text = "";
  for (let at = 0; at < bytes.length;) {
    let end = Math.min(at + PIECE_BYTES, bytes.length);
    if (end < bytes.length) end = characterStart(bytes, end);
    text += UTF8.decode(bytes.subarray(at, end));
    if (slices.spent((end - at) / 2)) yield;
    at = end;
  }
  return text;
}
