/**
 * JSON read from untrusted bytes in slices, for bodies that are too large to be parsed at once: a
 * cursor that passes over values, gives strings and says where small values end. Nothing recurses.
 */
import { JsonLookahead } from "./json_lookahead.ts";
import {
  BACKSLASH,
  CLOSE_LIST,
  CLOSE_OBJECT,
  COLON,
  COMMA,
  isSpace,
  JsonDepthError,
  JsonSyntaxError,
  OPEN_LIST,
  OPEN_OBJECT,
  QUOTE,
  scalarEnd,
  stringGoesOn,
} from "./json_tokens.ts";
import type { Sliced, Slices } from "./slices.ts";
import { MAX_TEXT_BYTES, textTooLong } from "./text_pieces.ts";

/** A part of a string, without its quotes: UTF-8, no character and no escape of it cut. */
export interface StringPiece {
  bytes: Uint8Array;
  /** There are backslashes in it. */
  escaped: boolean;
}

const WINDOW = 1 << 16;
const QUOTE_WINDOW = 1 << 20;
const UTF8 = new TextDecoder("utf-8", { ignoreBOM: true });

/** A cursor over bytes that are valid UTF-8. */
export class JsonReader {
  readonly bytes: Uint8Array;
  readonly slices: Slices;
  readonly #maxDepth: number;
  readonly #ahead: JsonLookahead;
  /** Offset of the next byte. */
  at = 0;
  /** Lists and objects that the cursor is in. */
  depth = 0;

  constructor(bytes: Uint8Array, slices: Slices, maxDepth: number) {
    this.bytes = bytes;
    this.#ahead = new JsonLookahead(bytes);
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
    const { at, escaped } = stringGoesOn(this.bytes, start, from);
    this.at = at;
    return { bytes: this.bytes.subarray(from, at), escaped };
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
      this.at = stringGoesOn(this.bytes, start, from).at;
      if (this.slices.spent(this.at - from)) yield;
      if (this.#closed()) return;
    }
  }

  #skipScalar(): void {
    const end = scalarEnd(this.bytes, this.at);
    if (end === this.at) throw this.fault("Expecting value");
    this.at = end;
  }

  /**
   * Where the value at the cursor ends, by its brackets and quotes alone; -1 if it does not end
   * within `limit` bytes, or if it was open already where an earlier search gave up.
   * @throws {JsonDepthError}
   */
  ends(limit: number): number {
    return this.#ahead.end(this.at, limit, this.#maxDepth - this.depth, false);
  }

  /**
   * Where the last of the elements ends that begin at the cursor and end within `limit` bytes; -1 as
   * `ends`.
   * @throws {JsonDepthError}
   */
  runEnds(limit: number): number {
    return this.#ahead.end(this.at, limit, this.#maxDepth - this.depth, true);
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
      const values = this.#ahead.passed === 1
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
