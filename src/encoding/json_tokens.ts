/** The tokens of JSON in bytes: where they end, and what is wrong with those that do not. */
import { ClipError } from "../errors.ts";

/** Where bytes are not JSON, and why, in the words of Python's `json`. */
export class JsonSyntaxError extends Error {
  /** @param offset of the byte at fault; the length of the bytes if they end too early. */
  constructor(readonly what: string, readonly offset: number) {
    super(what);
  }
}

/** Lists and objects in one another, deeper than the reader was made for. */
export class JsonDepthError extends Error {}

/** Longest number of a large body: V8 would read a longer one at once, however long it takes. */
const MAX_NUMBER_BYTES = 1 << 16;
/** Bytes of a string that are looked at without a pause. */
const WINDOW = 1 << 16;

/** Bytes that mean something. */
export const QUOTE = 0x22;
/** Between elements and members. */
export const COMMA = 0x2c;
/** Behind a member's name. */
export const COLON = 0x3a;
/** Of a list. */
export const OPEN_LIST = 0x5b;
/** Before what is escaped. */
export const BACKSLASH = 0x5c;
/** Of a list. */
export const CLOSE_LIST = 0x5d;
/** Of an object. */
export const OPEN_OBJECT = 0x7b;
/** Of an object. */
export const CLOSE_OBJECT = 0x7d;
const WORDS = ["true", "false", "null"].map((word) => new TextEncoder().encode(word));

/** Bytes that may follow a backslash, but for `u`. */
const ESCAPABLE = new Set(new TextEncoder().encode('"\\/bfnrt'));

/** Whether a byte is white space. */
export function isSpace(byte: number): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;
}

function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && byte >= 0x30 && byte <= 0x39;
}

function isHex(byte: number | undefined): boolean {
  if (byte === undefined) return false;
  return isDigit(byte) || (byte >= 0x41 && byte <= 0x46) || (byte >= 0x61 && byte <= 0x66);
}

/**
 * Where the number at `at` ends; `at` if there is none.
 * @throws {ClipError} too_large: a number of more than 64 KiB.
 */
export function numberEnd(bytes: Uint8Array, at: number): number {
  let end = at;
  const limit = at + MAX_NUMBER_BYTES;
  const digits = () => {
    while (isDigit(bytes[end])) {
      if (++end > limit) throw longNumber();
    }
  };
  if (bytes[end] === 0x2d) end++;
  if (bytes[end] === 0x30) end++;
  else {
    if (!isDigit(bytes[end])) return at;
    digits();
  }
  if (bytes[end] === 0x2e && isDigit(bytes[end + 1])) {
    end++;
    digits();
  }
  if (bytes[end] === 0x65 || bytes[end] === 0x45) {
    const sign = bytes[end + 1] === 0x2b || bytes[end + 1] === 0x2d ? 2 : 1;
    if (isDigit(bytes[end + sign])) {
      end += sign;
      digits();
    }
  }
  return end;
}

/** Where the number, `true`, `false` or `null` at `at` ends; `at` if there is none. */
export function scalarEnd(bytes: Uint8Array, at: number): number {
  const end = numberEnd(bytes, at);
  if (end > at) return end;
  for (const word of WORDS) {
    if (word.every((byte, i) => bytes[at + i] === byte)) return at + word.length;
  }
  return at;
}

/**
 * Goes on in a string, to its end or as far as a window goes, but not into the middle of a character.
 * @param start of the string, its quote.
 * @param from where to go on.
 * @returns the place, and whether there was a backslash.
 * @throws {JsonSyntaxError}
 */
export function stringGoesOn(
  bytes: Uint8Array,
  start: number,
  from: number,
): { at: number; escaped: boolean } {
  const stop = Math.min(from + WINDOW, bytes.length);
  let at = from;
  let escaped = false;
  while (at < stop) {
    const byte = bytes[at]!;
    if (byte === QUOTE) break;
    if (byte === BACKSLASH) {
      escaped = true;
      at = escapeEnd(bytes, at);
    } else if (byte < 0x20) {
      throw new JsonSyntaxError("Invalid control character at", at);
    } else at++;
  }
  if (at >= bytes.length) throw new JsonSyntaxError("Unterminated string starting at", start);
  while ((bytes[at]! & 0xc0) === 0x80) at--;
  return { at, escaped };
}

function escapeEnd(bytes: Uint8Array, at: number): number {
  const kind = bytes[at + 1];
  if (kind !== undefined && ESCAPABLE.has(kind)) return at + 2;
  if (
    kind === 0x75 && isHex(bytes[at + 2]) && isHex(bytes[at + 3]) && isHex(bytes[at + 4]) &&
    isHex(bytes[at + 5])
  ) {
    return at + 6;
  }
  throw new JsonSyntaxError("Invalid \\escape", at);
}

function longNumber(): ClipError {
  return new ClipError(
    "too_large",
    `Cannot read a number of more than ${MAX_NUMBER_BYTES} digits`,
  );
}
