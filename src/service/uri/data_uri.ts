/** `data:` URIs (RFC 2397), base64 or percent-encoded, read in slices however long they are. */
import { ClipError } from "../../errors.ts";
import { Pace } from "../../pace.ts";

/** The media type and its parameters are not longer than this. */
const MAX_HEADER_LENGTH = 4096;
/** Characters that are decoded between two looks at the clock. */
const SLICE_LENGTH = 64 * 1024;

/**
 * The bytes of a `data:` URI.
 * @throws {ClipError} "document" if it is malformed or holds more than `maxBytes`.
 */
export async function decodeDataUri(
  uri: string,
  maxBytes: number,
): Promise<Uint8Array<ArrayBuffer>> {
  const comma = uri.slice(0, MAX_HEADER_LENGTH).indexOf(",");
  if (comma < 0) throw malformed(`it has no comma in its first ${MAX_HEADER_LENGTH} characters`);
  const base64 = /;\s*base64\s*$/i.test(uri.slice(0, comma));
  const payload = uri.length - comma - 1;
  // Base64 takes 4 characters for 3 bytes, 12 if each of them is percent-encoded.
  const padding = 2 * 3 * 2;
  const least = Math.floor(base64 ? (payload - padding) / 4 : payload / 3);
  if (least > maxBytes) throw tooLarge(maxBytes);
  const decode = base64 ? fromBase64 : fromPercent;
  return await decode(uri, comma + 1, maxBytes);
}

async function fromBase64(
  uri: string,
  from: number,
  maxBytes: number,
): Promise<Uint8Array<ArrayBuffer>> {
  const pace = new Pace();
  const most = Math.floor((uri.length - from) * 3 / 4);
  // Three bytes are written at a time: there is room to see that there are too many.
  const bytes = new Uint8Array(Math.min(most, maxBytes) + 3);
  let length = 0;
  /** Less than four characters that are not decoded yet. */
  let rest = "";
  let padded = false;
  for (let at = from; at < uri.length;) {
    if (pace.due) await pace.breathe();
    const end = endOfSlice(uri, at);
    const text = rest + plainBase64(uri.slice(at, end));
    at = end;
    if (padded && text !== "") throw malformed("its base64 is broken");
    const lastChunkHandling = at < uri.length ? "stop-before-partial" : "loose";
    try {
      const { read, written } = bytes.subarray(length)
        .setFromBase64(text, { lastChunkHandling });
      padded = text.lastIndexOf("=", read - 1) >= 0 && read > 0;
      rest = text.slice(read);
      length += written;
    } catch {
      throw malformed("its base64 is broken");
    }
    if (length > maxBytes) throw tooLarge(maxBytes);
  }
  return bytes.subarray(0, length);
}

/** Both alphabets occur, and percent-encoding; blanks are forgiven, as browsers do. */
function plainBase64(slice: string): string {
  if (!/[%\s_-]/.test(slice)) return slice;
  const codes = new TextEncoder().encode(slice);
  let length = 0;
  for (let i = 0; i < codes.length; i++) {
    let code = codes[i]!;
    if (code === PERCENT) {
      code = hexDigit(codes[i + 1]) << 4 | hexDigit(codes[i + 2]);
      i += 2;
    }
    if (code === SPACE || (code >= TAB && code <= CARRIAGE_RETURN)) continue;
    if (code === MINUS) code = PLUS;
    else if (code === UNDERSCORE) code = SLASH;
    // It is written no further than it was read.
    codes[length++] = code;
  }
  return new TextDecoder("latin1").decode(codes.subarray(0, length));
}

const TAB = 0x09;
const CARRIAGE_RETURN = 0x0d;
const SPACE = 0x20;
const PERCENT = 0x25;
const PLUS = 0x2b;
const MINUS = 0x2d;
const SLASH = 0x2f;
const UNDERSCORE = 0x5f;

async function fromPercent(
  uri: string,
  from: number,
  maxBytes: number,
): Promise<Uint8Array<ArrayBuffer>> {
  const pace = new Pace();
  // A character is three bytes at most, for its length in UTF-16.
  const most = (uri.length - from) * 3;
  const bytes = new Uint8Array(Math.min(most, maxBytes));
  const encoder = new TextEncoder();
  let length = 0;
  for (let at = from; at < uri.length;) {
    if (pace.due) await pace.breathe();
    const end = endOfSlice(uri, at);
    const source = encoder.encode(uri.slice(at, end));
    at = end;
    for (let i = 0; i < source.length; i++) {
      let byte = source[i]!;
      if (byte === PERCENT) {
        byte = hexDigit(source[i + 1]) << 4 | hexDigit(source[i + 2]);
        i += 2;
      }
      if (length === maxBytes) throw tooLarge(maxBytes);
      bytes[length++] = byte;
    }
  }
  return bytes.subarray(0, length);
}

function hexDigit(code = 0): number {
  if (code >= 0x30 && code <= 0x39) return code - 0x30;
  const letter = code | 0x20;
  if (letter >= 0x61 && letter <= 0x66) return letter - 0x57;
  throw malformed("its percent-encoding is broken");
}

/** Where the next slice ends: not within a percent-encoded byte, nor within a character. */
function endOfSlice(uri: string, at: number): number {
  const end = at + SLICE_LENGTH;
  if (end >= uri.length) return uri.length;
  if (uri.charCodeAt(end - 1) === PERCENT) return end - 1;
  if (uri.charCodeAt(end - 2) === PERCENT) return end - 2;
  return uri.charCodeAt(end - 1) >> 10 === 0x36 ? end - 1 : end;
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
