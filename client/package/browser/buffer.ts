/** What of `node:buffer` the codec uses, for browsers. */

const ENCODER = new TextEncoder();
const STRICT = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Whether bytes are valid UTF-8. */
export function isUtf8(bytes: Uint8Array): boolean {
  try {
    STRICT.decode(bytes);
    return true;
  } catch {
    return false;
  }
}

/** No bytes are one here. */
export class Buffer {
  /** Bytes of a text in UTF-8. */
  static byteLength(text: string): number {
    return ENCODER.encode(text).length;
  }
}
