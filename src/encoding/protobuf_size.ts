/** The size of a message in protobuf's binary format, before it is written. */
import { Buffer } from "node:buffer";
import { ClipError } from "../errors.ts";
import type { WireSink } from "./protobuf_sink.ts";

/** What a `SizeSink` throws that was made for less. */
export const TOO_LARGE = new Error("The message is larger than its sink was made for");

function varintSize(value: number): number {
  if (value < 0) return 10;
  if (value < 0x80) return 1;
  if (value < 0x4000) return 2;
  if (value < 0x200000) return 3;
  if (value < 0x10000000) return 4;
  let size = 4;
  for (let rest = value / 0x10000000; rest >= 1; rest /= 0x80) size++;
  return size;
}

/** What takes as long as a message inside the message, characters. */
const LONG_STRING = 200;

function utf8Length(text: string): number {
  const length = text.length;
  // The runtime's count costs a call; most strings are short ids and captions in ASCII.
  if (length > LONG_STRING) return Buffer.byteLength(text, "utf8");
  for (let i = 0; i < length; i++) {
    if (text.charCodeAt(i) >= 0x80) return Buffer.byteLength(text, "utf8");
  }
  return length;
}

/** Adds up what a message takes. */
export class SizeSink implements WireSink {
  /** Bytes so far. */
  size = 0;
  /** Lengths of nested messages and strings in the order of their beginning. */
  readonly lengths: number[] = [];
  readonly #open: number[] = [];
  /** Parts that may follow. */
  #parts: number;
  readonly #maxBytes: number;
  /** Two entries of `#open` for each message. */
  readonly #maxOpen: number;

  /** @param parts messages inside the message at most, or as much else; more throw `TOO_LARGE`. */
  constructor(
    { parts = Infinity, maxBytes = Infinity, maxDepth = Infinity }: {
      parts?: number;
      maxBytes?: number;
      maxDepth?: number | undefined;
    },
  ) {
    this.#parts = parts;
    this.#maxBytes = maxBytes;
    this.#maxOpen = maxDepth * 2;
  }

  #part(count: number): void {
    if ((this.#parts -= count) < 0 || this.size > this.#maxBytes) throw TOO_LARGE;
  }

  varint(tag: number, value: number): void {
    this.size += varintSize(tag) + varintSize(value);
  }
  double(tag: number, _value: number): void {
    this.size += varintSize(tag) + 8;
  }
  float(tag: number, _value: number): void {
    this.size += varintSize(tag) + 4;
  }
  string(tag: number, value: string): void {
    if (value.length > LONG_STRING) this.#part(value.length / LONG_STRING);
    const length = utf8Length(value);
    this.lengths.push(length);
    this.size += varintSize(tag) + varintSize(length) + length;
  }
  bytes(tag: number, value: Uint8Array): void {
    this.size += varintSize(tag) + varintSize(value.length) + value.length;
  }
  packedUint32(tag: number, values: readonly number[]): void {
    this.#part(values.length >>> 3);
    let length = 0;
    for (const value of values) length += varintSize(value);
    this.lengths.push(length);
    this.size += varintSize(tag) + varintSize(length) + length;
  }
  packedFloat(tag: number, values: readonly number[]): void {
    this.#part(values.length >>> 3);
    const length = values.length * 4;
    this.size += varintSize(tag) + varintSize(length) + length;
  }
  raw(fields: readonly Uint8Array[] | undefined): void {
    if (fields === undefined) return;
    this.#part(fields.length);
    for (const field of fields) this.size += field.length;
  }
  begin(tag: number): void {
    this.#part(1);
    this.size += varintSize(tag);
    if (this.#open.length >= this.#maxOpen) {
      const depth = this.#maxOpen / 2;
      throw new ClipError("invalid", `Messages are nested deeper than ${depth} in one another`);
    }
    this.#open.push(this.lengths.push(0) - 1, this.size);
  }
  end(): void {
    const length = this.size - this.#open.pop()!;
    this.lengths[this.#open.pop()!] = length;
    this.size += varintSize(length);
  }
}
