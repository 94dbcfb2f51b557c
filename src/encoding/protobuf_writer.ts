/**
 * Protobuf's binary format, written into one exact allocation.
 *
 * A message is described once, as calls on a `WireSink`, and described twice over: to a sink that
 * adds up sizes, then to one that writes. So there is no growing buffer, no copy of a nested message,
 * and a 100 kB blob is copied once.
 */
import { SizeSink, TOO_LARGE } from "./protobuf_size.ts";
import type { WireSink } from "./protobuf_sink.ts";
import { copyInSlices, type Sliced, type Slices } from "./slices.ts";
import { pieceEnd } from "./text_pieces.ts";

/** What a message may be. */
export interface EncodeOptions {
  /** Messages in one another, the outermost not counted; by default any number. */
  maxDepth?: number;
}

/**
 * Encodes a message.
 *
 * @param describe tells the sink every field; called twice, must say the same both times.
 * @throws {ClipError} "invalid": it is nested too deep.
 */
export function encodeMessage(
  describe: (sink: WireSink) => void,
  { maxDepth }: EncodeOptions = {},
): Uint8Array {
  const counter = new SizeSink({ maxDepth });
  describe(counter);
  const writer = new ByteSink(new Uint8Array(counter.size), counter.lengths);
  describe(writer);
  return writer.output;
}

/** What is encoded at once: some milliseconds' work at most. */
const SMALL_BYTES = 1 << 23;
/** The same, in messages inside the message, or what takes as long. */
const SMALL_PARTS = 1 << 14;

/**
 * Encodes a message if it is small. That is found while its size is added up.
 *
 * @param describe as for `encodeMessage`; not heard to the end if the message is large.
 * @returns undefined if it is to be encoded in slices.
 */
export function encodeSmallMessage(describe: (sink: WireSink) => void): Uint8Array | undefined {
  const counter = new SizeSink({ parts: SMALL_PARTS, maxBytes: SMALL_BYTES });
  try {
    describe(counter);
  } catch (thrown) {
    if (thrown === TOO_LARGE) return undefined;
    throw thrown;
  }
  const writer = new ByteSink(new Uint8Array(counter.size), counter.lengths);
  describe(writer);
  return writer.output;
}

/** Fields that are longer are written in slices where the message is. */
const LONG_BYTES = 1 << 18;

/** As `encodeMessage`, for large messages, in slices. @param describe yields where it can pause. */
export function* encodeInSlices(
  describe: (sink: WireSink) => Sliced<void>,
  slices: Slices,
  { maxDepth }: EncodeOptions = {},
): Sliced<Uint8Array> {
  const counter = new SizeSink({ maxDepth });
  yield* describe(counter);
  const long: LongField[] = [];
  const writer = new ByteSink(new Uint8Array(counter.size), counter.lengths, long);
  yield* describe(writer);
  for (const { value, at } of long) {
    if (typeof value === "string") yield* writeText(value, writer.output, at, slices);
    else yield* copyInSlices(value, writer.output, at, slices);
  }
  return writer.output;
}

/** A field that is written later. */
interface LongField {
  value: Uint8Array | string;
  at: number;
}

function* writeText(text: string, into: Uint8Array, at: number, slices: Slices): Sliced<void> {
  let place = at;
  for (let from = 0; from < text.length;) {
    const to = pieceEnd(text, from);
    place += ENCODER.encodeInto(text.slice(from, to), into.subarray(place)).written;
    if (slices.spent(to - from)) yield;
    from = to;
  }
}

const ENCODER = new TextEncoder();

class ByteSink implements WireSink {
  readonly output: Uint8Array;
  readonly #view: DataView;
  readonly #lengths: readonly number[];
  #next = 0;
  #pos = 0;

  readonly #long: LongField[] | undefined;

  /** @param long takes long fields, instead of writing them. */
  constructor(bytes: Uint8Array, lengths: readonly number[], long?: LongField[]) {
    this.output = bytes;
    this.#long = long;
    this.#view = new DataView(bytes.buffer);
    this.#lengths = lengths;
  }

  varint(tag: number, value: number): void {
    this.#varint(tag);
    if (value < 0) this.#negative(value);
    else this.#varint(value);
  }
  double(tag: number, value: number): void {
    this.#varint(tag);
    this.#view.setFloat64(this.#pos, value, true);
    this.#pos += 8;
  }
  float(tag: number, value: number): void {
    this.#varint(tag);
    this.#view.setFloat32(this.#pos, value, true);
    this.#pos += 4;
  }
  string(tag: number, value: string): void {
    this.#varint(tag);
    const length = this.#lengths[this.#next++]!;
    this.#varint(length);
    const bytes = this.output;
    const start = this.#pos;
    if (length > LONG_BYTES && this.#long !== undefined) {
      this.#long.push({ value, at: start });
    } else if (length === value.length && length <= 48) {
      for (let i = 0; i < length; i++) bytes[start + i] = value.charCodeAt(i);
    } else {
      ENCODER.encodeInto(value, bytes.subarray(start, start + length));
    }
    this.#pos = start + length;
  }
  bytes(tag: number, value: Uint8Array): void {
    this.#varint(tag);
    this.#varint(value.length);
    this.#copy(value);
  }
  packedUint32(tag: number, values: readonly number[]): void {
    this.#varint(tag);
    this.#varint(this.#lengths[this.#next++]!);
    for (const value of values) this.#varint(value);
  }
  packedFloat(tag: number, values: readonly number[]): void {
    this.#varint(tag);
    this.#varint(values.length * 4);
    for (const value of values) {
      this.#view.setFloat32(this.#pos, value, true);
      this.#pos += 4;
    }
  }
  raw(fields: readonly Uint8Array[] | undefined): void {
    if (fields === undefined) return;
    for (const field of fields) this.#copy(field);
  }
  begin(tag: number): void {
    this.#varint(tag);
    this.#varint(this.#lengths[this.#next++]!);
  }
  end(): void {}

  #copy(value: Uint8Array): void {
    if (value.length > LONG_BYTES && this.#long !== undefined) {
      this.#long.push({ value, at: this.#pos });
    } else this.output.set(value, this.#pos);
    this.#pos += value.length;
  }

  #varint(value: number): void {
    const bytes = this.output;
    let pos = this.#pos;
    while (value >= 0x80) {
      bytes[pos++] = (value & 0x7f) | 0x80;
      value = value < 0x80000000 ? value >>> 7 : Math.floor(value / 0x80);
    }
    bytes[pos++] = value;
    this.#pos = pos;
  }

  #negative(value: number): void {
    let rest = BigInt.asUintN(64, BigInt(value));
    for (let i = 0; i < 9; i++, rest >>= 7n) {
      this.output[this.#pos++] = Number(rest & 0x7fn) | 0x80;
    }
    this.output[this.#pos++] = Number(rest);
  }
}
