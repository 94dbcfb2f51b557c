/** `data:` URIs (RFC 2397), base64 or percent-encoded. */
import { ClipError } from "../../errors.ts";

/**
 * The bytes of a `data:` URI.
 * @throws {ClipError} "document" if it is malformed or holds more than `maxBytes`.
 */
export function decodeDataUri(uri: string, maxBytes: number): Uint8Array {
  const comma = uri.indexOf(",");
  if (comma < 0) throw malformed("it has no comma");
  const base64 = /;\s*base64\s*$/i.test(uri.slice(0, comma));
  const payload = uri.length - comma - 1;
  // Base64 takes 4 characters for 3 bytes; percent-encoding never shrinks below one for one third.
  const least = base64 ? Math.floor(payload / 4) : Math.floor(payload / 3);
  if (least > maxBytes) throw tooLarge(maxBytes);
  const bytes = base64 ? fromBase64(uri.slice(comma + 1)) : percentDecode(uri, comma + 1);
  if (bytes.length > maxBytes) throw tooLarge(maxBytes);
  return bytes;
}

function fromBase64(payload: string): Uint8Array {
  let text = payload;
  try {
    if (text.includes("%")) text = decodeURIComponent(text);
  } catch {
    throw malformed("its percent-encoding is broken");
  }
  // Both alphabets occur; blanks and missing padding are forgiven, as browsers do.
  text = text.replace(/\s+/g, "").replace(/-/g, "+").replace(/_/g, "/");
  try {
    return Uint8Array.fromBase64(text);
  } catch {
    throw malformed("its base64 is broken");
  }
}

function percentDecode(uri: string, from: number): Uint8Array {
  const source = new TextEncoder().encode(uri.slice(from));
  const out = new Uint8Array(source.length);
  let length = 0;
  for (let i = 0; i < source.length; i++) {
    let byte = source[i]!;
    if (byte === 0x25) {
      const hex = String.fromCharCode(source[i + 1] ?? 0, source[i + 2] ?? 0);
      if (!/^[0-9a-f]{2}$/i.test(hex)) throw malformed("its percent-encoding is broken");
      byte = parseInt(hex, 16);
      i += 2;
    }
    out[length++] = byte;
  }
  return out.subarray(0, length);
}

function malformed(reason: string): ClipError {
  return new ClipError("document", `The data URI cannot be read: ${reason}`, {
    name: "ValueError",
  });
}

function tooLarge(maxBytes: number): ClipError {
  return new ClipError("document", `The data URI holds more than ${maxBytes} bytes`, {
    name: "ValueError",
  });
}
