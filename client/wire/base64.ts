/** Base64, by the runtime where it can. */

interface Native {
  fromBase64?: (text: string) => Uint8Array;
}

/** Of Node and Deno. */
interface BufferLike {
  from(text: string, encoding: "base64"): Uint8Array;
  from(buffer: ArrayBufferLike, offset: number, length: number): {
    toString(encoding: "base64"): string;
  };
}

const BUFFER = (globalThis as { Buffer?: BufferLike }).Buffer;
/** Bytes whose characters are made at once. */
const PIECE = 0x6000;

/** Standard base64 with padding. */
export function encodeBase64(bytes: Uint8Array): string {
  const { toBase64 } = bytes as { toBase64?: () => string };
  if (toBase64 !== undefined) return toBase64.call(bytes);
  if (BUFFER !== undefined) {
    return BUFFER.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("base64");
  }
  let text = "";
  for (let at = 0; at < bytes.length; at += PIECE) {
    text += btoa(String.fromCharCode(...bytes.subarray(at, at + PIECE)));
  }
  return text;
}

/** The bytes. @throws {SyntaxError} it is no base64. */
export function decodeBase64(text: string): Uint8Array {
  const { fromBase64 } = Uint8Array as Native;
  if (fromBase64 !== undefined) return fromBase64(text);
  const characters = atob(text);
  const bytes = new Uint8Array(characters.length);
  for (let i = 0; i < bytes.length; i++) bytes[i] = characters.charCodeAt(i);
  return bytes;
}
