/**
 * Protobuf's binary format, read from untrusted bytes.
 *
 * A reader of our own, as this one checks every read against the end of the message it is in, bounds
 * the depth, hands out views of `bytes` fields, keeps unknown fields and says where it failed.
 * Format: https://protobuf.dev/programming-guides/encoding/
 */
import { Buffer, isUtf8 } from "node:buffer";
import { ClipError } from "../errors.ts";

/** Messages inside messages, as deep as protobuf's own readers allow by default. */
export const MAX_MESSAGE_DEPTH = 100;

/**
 * Fields that are read without a pause, at most: many more than messages have that are short enough
 * to be read so. It bounds the time of one that says the same again and again.
 */
const MAX_FIELDS_AT_ONCE = 200_000;

const SHORT_STRING_BYTES = 40;
/** Scratch space for the characters of a short string, by its length. */
const CODES = Array.from(
  { length: SHORT_STRING_BYTES + 1 },
  (_, n) => new Array<number>(n).fill(0),
);
const UTF8 = new TextDecoder("utf-8", { ignoreBOM: true });

/** A message is larger than what its reader may read. */
export class TooMuchAtOnce extends Error {}
const TOO_MUCH_AT_ONCE = new TooMuchAtOnce();

/** A cursor over one message. Every read is checked against the end of the message it is in. */
export class WireReader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #end: number;
  #depth = 0;
  /** Fields that may be read before a pause. */
  #left: number;
  readonly #bounded: boolean;
  /** Offset of the next byte. */
  pos = 0;

  /**
   * Reads `bytes` in place: every `bytes()` it gives out is a view of them.
   * @param fields that are read at most, or as much else; more throw `TooMuchAtOnce`. By default they
   * are bounded between pauses.
   */
  constructor(bytes: Uint8Array, fields?: number) {
    this.#left = fields ?? MAX_FIELDS_AT_ONCE;
    this.#bounded = fields !== undefined;
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#end = bytes.length;
  }

  /** Whether the current message has more fields. */
  more(): boolean {
    return this.pos < this.#end;
  }

  /**
   * Enters a length-delimited message.
   *
   * @returns the end of the outer message, to be handed to `leave`.
   * @throws {ClipError} invalid: longer than its parent, or nested deeper than `MAX_MESSAGE_DEPTH`.
   */
  enter(): number {
    const length = this.#length();
    if (++this.#depth > MAX_MESSAGE_DEPTH) {
      throw this.#error(`messages are nested deeper than ${MAX_MESSAGE_DEPTH}`);
    }
    const outer = this.#end;
    this.#end = this.pos + length;
    return outer;
  }

  /** Leaves the message that `enter` entered; `pos` must be at its end. */
  leave(outer: number): void {
    this.#depth--;
    this.#end = outer;
  }

  /**
   * The next field's tag: `number << 3 | wire type`.
   *
   * @throws {ClipError} invalid: none; or as `spend`.
   */
  tag(): number {
    const start = this.pos;
    const tag = this.uint32();
    if (this.pos - start > 5 || tag >>> 3 === 0) throw this.#error("a field has no valid number");
    if (--this.#left < 0) throw this.#tooMuch();
    return tag;
  }

  /**
   * Counts work that is no field, in what fields take.
   * @throws {ClipError} invalid: more than `MAX_FIELDS_AT_ONCE` since `pause`.
   * @throws {TooMuchAtOnce} more than the reader was made for.
   */
  spend(fields: number): void {
    if ((this.#left -= fields) < 0) throw this.#tooMuch();
  }

  /** Starts to count anew what is read without a pause. */
  pause(): void {
    this.#left = MAX_FIELDS_AT_ONCE;
  }

  #tooMuch(): Error {
    if (this.#bounded) return TOO_MUCH_AT_ONCE;
    return this.#error(
      `one message repeats its fields more than ${MAX_FIELDS_AT_ONCE} times, or is as long`,
    );
  }

  /** Bytes of the length-delimited field at the cursor, which stays where it is. */
  peekLength(): number {
    const start = this.pos;
    const length = this.#length();
    this.pos = start;
    return length;
  }

  /** Whether the length-delimited field at the cursor begins with a byte. */
  startsWith(byte: number): boolean {
    let at = this.pos;
    while (this.#bytes[at]! >= 0x80) at++;
    return this.#bytes[at + 1] === byte;
  }

  /** The bytes between two offsets, as a view. */
  view(from: number, to: number): Uint8Array {
    return this.#bytes.subarray(from, to);
  }

  /** A varint cut to 32 bits, unsigned. */
  uint32(): number {
    const bytes = this.#bytes;
    let pos = this.pos;
    const limit = Math.min(this.#end, pos + 10);
    let value = 0;
    for (let shift = 0; pos < limit; shift += 7) {
      const byte = bytes[pos++]!;
      if (shift < 35) value |= (byte & 0x7f) << shift;
      if (byte < 0x80) {
        this.pos = pos;
        return value >>> 0;
      }
    }
    throw this.#varintError(limit);
  }

  /** A varint as a signed 64-bit number; beyond 2^53 it loses precision. */
  int64(): number {
    const bytes = this.#bytes;
    const limit = Math.min(this.#end, this.pos + 10);
    let value = 0n;
    for (let pos = this.pos, shift = 0n; pos < limit; shift += 7n) {
      const byte = bytes[pos++]!;
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) {
        this.pos = pos;
        return Number(BigInt.asIntN(64, value));
      }
    }
    throw this.#varintError(limit);
  }

  /** A `double`. */
  double(): number {
    return this.#view.getFloat64(this.#take(8), true);
  }

  /** A `float`, as the double of the same value. */
  float(): number {
    return this.#view.getFloat32(this.#take(4), true);
  }

  /** A `bytes` field: a view, not a copy. */
  bytes(): Uint8Array {
    const length = this.#length();
    const start = this.pos;
    this.pos = start + length;
    return this.#bytes.subarray(start, this.pos);
  }

  /** A `string` field; proto3 wants valid UTF-8. */
  string(): string {
    const length = this.#length();
    const start = this.pos;
    const end = start + length;
    this.pos = end;
    if (length <= SHORT_STRING_BYTES) {
      // Ids and short captions: a loop beats the call into the runtime's decoder.
      const codes = CODES[length]!;
      let pos = start;
      for (; pos < end; pos++) {
        const byte = this.#bytes[pos]!;
        if (byte >= 0x80) break;
        codes[pos - start] = byte;
      }
      if (pos === end) return String.fromCharCode.apply(null, codes);
    } else this.spend(length >>> 6);
    const slice = this.#bytes.subarray(start, end);
    // A TextDecoder with `fatal` is several times slower than the check and the decoding apart.
    if (!isUtf8(slice)) {
      this.pos = start;
      throw this.#error("a string is not valid UTF-8");
    }
    return UTF8.decode(slice);
  }

  /** Passes over a field. */
  skip(tag: number): void {
    this.#skip(tag, 0);
  }

  #skip(tag: number, groups: number): void {
    switch (tag & 7) {
      case 0:
        this.uint32();
        return;
      case 1:
        this.#take(8);
        return;
      case 2: {
        const length = this.#length();
        this.pos += length;
        return;
      }
      case 3:
        if (groups + this.#depth >= MAX_MESSAGE_DEPTH) {
          throw this.#error(`groups are nested deeper than ${MAX_MESSAGE_DEPTH}`);
        }
        for (;;) {
          const inner = this.tag();
          if ((inner & 7) === 4) {
            if (inner >>> 3 !== tag >>> 3) throw this.#error("a group ends as another one");
            return;
          }
          this.#skip(inner, groups + 1);
        }
      case 5:
        this.#take(4);
        return;
      default:
        throw this.#error(`field ${tag >>> 3} has the impossible wire type ${tag & 7}`);
    }
  }

  #take(count: number): number {
    const start = this.pos;
    if (start + count > this.#end) throw this.#error("the message is cut short");
    this.pos = start + count;
    return start;
  }

  #length(): number {
    const length = this.uint32();
    if (length > this.#end - this.pos) {
      throw this.#error(
        `a field says it has ${length} bytes where only ${this.#end - this.pos} are left`,
      );
    }
    return length;
  }

  #varintError(limit: number): ClipError {
    return this.#error(
      limit === this.#end ? "the message is cut short" : "a number is longer than ten bytes",
    );
  }

  /** What is wrong at the cursor. */
  protected fault(what: string): ClipError {
    return this.#error(what);
  }

  #error(what: string): ClipError {
    return new ClipError(
      "invalid",
      `Cannot decode the protobuf message: at byte ${this.pos} of ${this.#bytes.length} ${what}`,
    );
  }
}

/** The same bytes as a plain `Uint8Array`: a view, whatever subclass came in. */
export function plainBytes(bytes: Uint8Array): Uint8Array {
  // Buffer's subarray is slower, and a Buffer that leaks into a document prints differently.
  return bytes instanceof Buffer
    ? new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    : bytes;
}
