/**
 * JSON read from untrusted bytes in slices, for bodies that are too large to be parsed at once: a
 * cursor that passes over values, gives strings and says where small values end. Nothing recurses.
 */
import { Buffer } from "node:buffer";
import { ClipError } from "../errors.ts";
import type { Sliced, Slices } from "./slices.ts";
import { MAX_TEXT_BYTES, textTooLong } from "./text_pieces.ts";

/** Where bytes are not JSON, and why, in the words of Python's `json`. */
export class JsonSyntaxError extends Error {
  /** @param offset of the byte at fault; the length of the bytes if they end too early. */
  constructor(readonly what: string, readonly offset: number) {
    super(what);
  }
}

/** Lists and objects in one another, deeper than the reader was made for. */
export class JsonDepthError extends Error {}

/** A part of a string, without its quotes: UTF-8, no character and no escape of it cut. */
export interface StringPiece {
  bytes: Uint8Array;
  /** There are backslashes in it. */
  escaped: boolean;
}

const WINDOW = 1 << 16;
/** Characters of a string that are looked at one by one. */
const NEAR = 64;
const QUOTE_WINDOW = 1 << 20;
/** Longest number of a large body: V8 would read a longer one at once, however long it takes. */
const MAX_NUMBER_BYTES = 1 << 16;

const QUOTE = 0x22;
const COMMA = 0x2c;
const COLON = 0x3a;
const OPEN_LIST = 0x5b;
const BACKSLASH = 0x5c;
const CLOSE_LIST = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;
const WORDS = ["true", "false", "null"].map((word) => new TextEncoder().encode(word));
const UTF8 = new TextDecoder("utf-8", { ignoreBOM: true });

/** Bytes that may follow a backslash, but for `u`. */
const ESCAPABLE = new Set(new TextEncoder().encode('"\\/bfnrt'));

function isSpace(byte: number): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;
}

function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && byte >= 0x30 && byte <= 0x39;
}

function isHex(byte: number | undefined): boolean {
  if (byte === undefined) return false;
  return isDigit(byte) || (byte >= 0x41 && byte <= 0x46) || (byte >= 0x61 && byte <= 0x66);
}

/** A cursor over bytes that are valid UTF-8. */
export class JsonReader {
  readonly bytes: Uint8Array;
  readonly slices: Slices;
  readonly #maxDepth: number;
  /** Starts of the lists and objects that were open where the last `ends` gave up. */
  #unfinished: number[] = [];
  /** Values that the last search passed. */
  #runLength = 0;
  /** Offset of the next byte. */
  at = 0;
  /** Lists and objects that the cursor is in. */
  depth = 0;

  constructor(bytes: Uint8Array, slices: Slices, maxDepth: number) {
    this.bytes = bytes;
    this.slices = slices;
    this.#maxDepth = maxDepth;
  }

  /** The next byte, after white space; undefined at the end. */
  *next(): Sliced<number | undefined> {
    const { bytes } = this;
    for (;;) {
      const stop = Math.min(this.at + WINDOW, bytes.length);
      const start = this.at;
      let at = start;
      while (at < stop && isSpace(bytes[at]!)) at++;
      this.at = at;
      if (at < stop || at === bytes.length) return bytes[at];
      if (this.slices.spent(at - start)) yield;
    }
  }

  /** The byte at the cursor, unless it is white space or the end: `next` costs more. */
  #here(): number | undefined {
    const byte = this.bytes[this.at];
    return byte === undefined || isSpace(byte) ? undefined : byte;
  }

  /** Enters a list or object. @throws {JsonDepthError} */
  enter(): void {
    this.at++;
    if (++this.depth > this.#maxDepth) throw new JsonDepthError();
  }

  /**
   * Goes to the first or next element of the list that was entered; leaves the list at its end.
   * @returns whether there is an element.
   */
  *element(first: boolean): Sliced<boolean> {
    const byte = yield* this.next();
    if (byte === CLOSE_LIST && first) return this.#leave();
    if (first) return true;
    if (byte === CLOSE_LIST) return this.#leave();
    if (byte !== COMMA) throw this.fault("Expecting ',' delimiter");
    this.at++;
    yield* this.next();
    return true;
  }

  /**
   * Goes to the value of the first or next member of the object that was entered; leaves the object
   * at its end.
   * @returns the member's name; undefined at the end.
   */
  *member(first: boolean): Sliced<string | undefined> {
    let byte = yield* this.next();
    if (byte === CLOSE_OBJECT) {
      this.#leave();
      return undefined;
    }
    if (!first) {
      if (byte !== COMMA) throw this.fault("Expecting ',' delimiter");
      this.at++;
      byte = yield* this.next();
    }
    if (byte !== QUOTE) throw this.fault("Expecting property name enclosed in double quotes");
    const name = yield* this.string();
    if ((yield* this.next()) !== COLON) throw this.fault("Expecting ':' delimiter");
    this.at++;
    yield* this.next();
    return name;
  }

  #leave(): false {
    this.at++;
    this.depth--;
    return false;
  }

  /** The string at the cursor. @throws {ClipError} too_large: of more than `MAX_TEXT_BYTES`. */
  *string(): Sliced<string> {
    let text = "";
    for (const start = this.at++;;) {
      const piece = this.#piece(start);
      const length = piece.bytes.length;
      if (this.at - start > MAX_TEXT_BYTES) throw textTooLong();
      text = text === "" ? pieceText(piece) : text + pieceText(piece);
      // Decoding costs about as much again.
      if (this.slices.spent(length * 2)) yield;
      if (this.#closed()) return text;
    }
  }

  /** The string at the cursor, piece by piece. */
  *pieces(take: (piece: StringPiece) => void): Sliced<void> {
    for (const start = this.at++;;) {
      const piece = this.#piece(start);
      take(piece);
      if (this.slices.spent(piece.bytes.length * 2)) yield;
      if (this.#closed()) return;
    }
  }

  /**
   * Length of the string at the cursor: up to the first quote without a backslash before it. (Base64
   * that ends in one is none.)
   */
  *quotedLength(): Sliced<number> {
    const { bytes } = this;
    const start = this.at + 1;
    for (let at = start; at < bytes.length;) {
      const quote = bytes.subarray(at, at + QUOTE_WINDOW).indexOf(QUOTE);
      if (quote >= 0 && bytes[at + quote - 1] !== BACKSLASH) return at + quote - start;
      if (this.slices.spent((quote < 0 ? QUOTE_WINDOW : quote) / 2)) yield;
      at += quote < 0 ? QUOTE_WINDOW : quote + 1;
    }
    return bytes.length - start;
  }

  #closed(): boolean {
    if (this.bytes[this.at] !== QUOTE) return false;
    this.at++;
    return true;
  }

  /** The next piece of the string that begins at `start`. */
  #piece(start: number): StringPiece {
    const from = this.at;
    const escaped = this.#goOn(start);
    return { bytes: this.bytes.subarray(from, this.at), escaped };
  }

  /**
   * Goes on in the string that begins at `start`, to its end or as far as a window goes.
   * @returns whether there was a backslash.
   */
  #goOn(start: number): boolean {
    const { bytes } = this;
    const from = this.at;
    const stop = Math.min(from + WINDOW, bytes.length);
    let at = from;
    let escaped = false;
    while (at < stop) {
      const byte = bytes[at]!;
      if (byte === QUOTE) break;
      if (byte === BACKSLASH) {
        escaped = true;
        at = this.#escape(at);
      } else if (byte < 0x20) {
        throw new JsonSyntaxError("Invalid control character at", at);
      } else at++;
    }
    if (at >= bytes.length) throw new JsonSyntaxError("Unterminated string starting at", start);
    // Not into the middle of a character.
    while ((bytes[at]! & 0xc0) === 0x80) at--;
    this.at = at;
    return escaped;
  }

  /** The end of an escape. */
  #escape(at: number): number {
    const { bytes } = this;
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

  /** Passes over the value at the cursor, and checks that it is one. */
  *skip(): Sliced<void> {
    /** Ends of the objects and lists that are open. */
    const open: number[] = [];
    for (;;) {
      const first = this.#here() ?? (yield* this.next());
      if (first === OPEN_OBJECT || first === OPEN_LIST) {
        const end = first + 2;
        this.enter();
        if ((this.#here() ?? (yield* this.next())) !== end) {
          open.push(end);
          if (end === CLOSE_OBJECT) yield* this.#skipName();
          continue;
        }
        this.#leave();
      } else if (first === QUOTE) yield* this.#skipString();
      else this.#skipScalar();
      // A value has ended: so may what it is in.
      for (;;) {
        if (this.slices.spent(8)) yield;
        const end = open.at(-1);
        if (end === undefined) return;
        const byte = this.#here() ?? (yield* this.next());
        if (byte === COMMA) {
          this.at++;
          if (end === CLOSE_OBJECT) {
            if (this.#here() === undefined) yield* this.next();
            yield* this.#skipName();
          }
          break;
        }
        if (byte !== end) throw this.fault("Expecting ',' delimiter");
        this.#leave();
        open.pop();
      }
    }
  }

  *#skipName(): Sliced<void> {
    if (this.bytes[this.at] !== QUOTE) {
      throw this.fault("Expecting property name enclosed in double quotes");
    }
    yield* this.#skipString();
    if ((this.#here() ?? (yield* this.next())) !== COLON) {
      throw this.fault("Expecting ':' delimiter");
    }
    this.at++;
  }

  *#skipString(): Sliced<void> {
    for (const start = this.at++;;) {
      const from = this.at;
      this.#goOn(start);
      if (this.slices.spent(this.at - from)) yield;
      if (this.#closed()) return;
    }
  }

  #skipScalar(): void {
    const { bytes, at } = this;
    const end = this.numberEnd(at);
    if (end > at) {
      this.at = end;
      return;
    }
    for (const word of WORDS) {
      if (word.every((byte, i) => bytes[at + i] === byte)) {
        this.at = at + word.length;
        return;
      }
    }
    throw this.fault("Expecting value");
  }

  /**
   * Where the number at `at` ends; `at` if there is none.
   * @throws {ClipError} too_large: a number of more than 64 KiB.
   */
  numberEnd(at: number): number {
    const { bytes } = this;
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

  /**
   * Where the value at the cursor ends, by its brackets and quotes alone; -1 if it does not end
   * within `limit` bytes, or if it was open already where an earlier search gave up.
   * @throws {JsonDepthError}
   */
  ends(limit: number): number {
    return this.#search(limit, false);
  }

  /**
   * Where the last of the elements ends that begin at the cursor and end within `limit` bytes; -1 as
   * `ends`.
   * @throws {JsonDepthError}
   */
  runEnds(limit: number): number {
    return this.#search(limit, true);
  }

  #search(limit: number, run: boolean): number {
    const { bytes, at: start } = this;
    if (this.#unfinished.includes(start)) return -1;
    const stop = Math.min(start + limit, bytes.length);
    const open: number[] = [];
    this.#runLength = 0;
    const room = this.#maxDepth - this.depth;
    /** Where the last value ended. */
    let end = -1;
    let at = start;
    while (at < stop) {
      const byte = bytes[at]!;
      if (byte === QUOTE) {
        at = this.#quote(at + 1, stop);
        if (at >= stop) break;
        at++;
        if (open.length === 0 && !run) return at;
      } else if (byte === OPEN_LIST || byte === OPEN_OBJECT) {
        if (open.push(at) > room) throw new JsonDepthError();
        at++;
      } else if (byte === CLOSE_LIST || byte === CLOSE_OBJECT) {
        if (open.length === 0) {
          this.#runLength++;
          return at;
        }
        open.pop();
        at++;
        if (open.length === 0 && !run) return at;
      } else if (open.length === 0 && byte === COMMA) {
        if (!run || at === start) return at;
        end = at++;
        this.#runLength++;
      } else if (open.length === 0 && !run && isSpace(byte)) return at;
      else at++;
    }
    if (end >= 0) return end;
    if (at === bytes.length && open.length === 0) return at;
    this.#unfinished = open;
    return -1;
  }

  /** Where the string ends whose content begins at `start`; `stop` or more if not before that. */
  #quote(start: number, stop: number): number {
    const { bytes } = this;
    const near = Math.min(start + NEAR, stop);
    let at = start;
    while (at < near) {
      const byte = bytes[at]!;
      if (byte === QUOTE) return at;
      at += byte === BACKSLASH ? 2 : 1;
    }
    if (at >= stop) return at;
    // The runtime finds a character some ten times faster, but each call costs.
    for (let from = at; from < stop; from += WINDOW) {
      const text = Buffer.from(bytes.buffer, bytes.byteOffset + from, Math.min(WINDOW, stop - from))
        .toString("latin1");
      for (let found = text.indexOf('"'); found >= 0; found = text.indexOf('"', found + 1)) {
        const quote = from + found;
        let slashes = quote;
        while (slashes > at && bytes[slashes - 1] === BACKSLASH) slashes--;
        if ((quote - slashes) % 2 === 0) return quote;
      }
    }
    return stop;
  }

  /**
   * The elements from the cursor on, of which the last ends at `end` if they are elements: else the
   * fault is found here, or in what follows the cursor.
   * @throws {JsonSyntaxError}
   */
  *parseRun(end: number): Sliced<unknown[]> {
    this.slices.spent((end - this.at) * 4);
    const text = UTF8.decode(this.bytes.subarray(this.at, end));
    try {
      // One that is large is not copied for the sake of its brackets.
      const values = this.#runLength === 1
        ? [JSON.parse(text)]
        : JSON.parse(`[${text}]`) as unknown[];
      if (values.length > 0) {
        this.at = end;
        return values;
      }
    } catch {
      // Looked for below.
    }
    for (;;) {
      yield* this.skip();
      if ((yield* this.next()) !== COMMA) return [];
      this.at++;
      yield* this.next();
    }
  }

  /**
   * The value at the cursor, which ends at `end` if it is one: else the fault is found here, or in
   * what follows the cursor.
   * @throws {JsonSyntaxError}
   */
  *parse(end: number): Sliced<unknown> {
    const start = this.at;
    this.slices.spent((end - start) * 4);
    try {
      const value = JSON.parse(UTF8.decode(this.bytes.subarray(start, end)));
      this.at = end;
      return value;
    } catch {
      yield* this.skip();
      return undefined;
    }
  }

  /** A fault at the cursor. */
  fault(what: string): JsonSyntaxError {
    return new JsonSyntaxError(what, this.at);
  }
}

/** The text of a piece of a string. */
export function pieceText({ bytes, escaped }: StringPiece): string {
  const text = UTF8.decode(bytes);
  return escaped ? JSON.parse(`"${text}"`) as string : text;
}

function longNumber(): ClipError {
  return new ClipError(
    "too_large",
    `Cannot read a number of more than ${MAX_NUMBER_BYTES} digits`,
  );
}
