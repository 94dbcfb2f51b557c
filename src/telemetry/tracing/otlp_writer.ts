/**
 * Protobuf's binary format in one pass: OTLP's messages are many and short, and a second look at each
 * to learn its length would cost as much as writing it. A length's place is kept, one byte, and what
 * turns out longer is moved.
 */

const ENCODER = new TextEncoder();

/** Bytes of UTF-8 to a character of a string, at most. */
const MOST_UTF8 = 3;
/** A number of 64 bits as a varint. */
const MOST_VARINT = 10;
/** A varint of 32 bits. */
const MOST_LENGTH = 5;

const TWO_32 = 2 ** 32;
const NANOS = 1_000_000_000;

/** Writes one message. */
export class OtlpWriter {
  #bytes: Uint8Array<ArrayBuffer>;
  #view: DataView;
  #pos = 0;

  /** @param size bytes that are expected. */
  constructor(size: number) {
    this.#bytes = new Uint8Array(size);
    this.#view = new DataView(this.#bytes.buffer);
  }

  /** What has been written. */
  get written(): Uint8Array<ArrayBuffer> {
    return this.#bytes.subarray(0, this.#pos);
  }

  /** Begins a message inside. @returns what `close` wants to know. */
  open(tag: number): number {
    this.#room(MOST_LENGTH + 1);
    this.#short(tag);
    return ++this.#pos;
  }

  /** Ends it. */
  close(began: number): void {
    const length = this.#pos - began;
    if (length < 0x80) {
      this.#bytes[began - 1] = length;
      return;
    }
    const more = lengthOfVarint(length) - 1;
    this.#room(more);
    this.#bytes.copyWithin(began + more, began, this.#pos);
    this.#pos = began - 1;
    this.#short(length);
    this.#pos += length;
  }

  /** A whole number, negative ones in two's complement of 64 bits. */
  varint(tag: number, value: number): void {
    this.#room(MOST_LENGTH + MOST_VARINT);
    this.#short(tag);
    if (value >= 0 && value < TWO_32) return this.#short(value);
    let rest = BigInt.asUintN(64, BigInt(value));
    for (; rest > 0x7fn; rest >>= 7n) this.#bytes[this.#pos++] = Number(rest & 0x7fn) | 0x80;
    this.#bytes[this.#pos++] = Number(rest);
  }

  double(tag: number, value: number): void {
    this.#room(MOST_LENGTH + 8);
    this.#short(tag);
    this.#view.setFloat64(this.#pos, value, true);
    this.#pos += 8;
  }

  fixed32(tag: number, value: number): void {
    this.#room(MOST_LENGTH + 4);
    this.#short(tag);
    this.#view.setUint32(this.#pos, value, true);
    this.#pos += 4;
  }

  /** Seconds and nanoseconds since 1970, as nanoseconds of 64 bits. */
  time(tag: number, [seconds, nanos]: readonly [number, number]): void {
    this.#room(MOST_LENGTH + 8);
    this.#short(tag);
    const low = (Math.imul(seconds, NANOS) + nanos) >>> 0;
    // The product is rounded by less than 2^32 / 2, so what is left is the nearest whole number.
    const high = Math.round((seconds * NANOS + nanos - low) / TWO_32);
    this.#view.setUint32(this.#pos, low, true);
    this.#view.setUint32(this.#pos + 4, high, true);
    this.#pos += 8;
  }

  string(tag: number, text: string): void {
    const { length } = text;
    this.#room(2 * MOST_LENGTH + MOST_UTF8 * length);
    this.#short(tag);
    const before = this.#pos;
    this.#short(length);
    const bytes = this.#bytes;
    let pos = this.#pos;
    for (let i = 0; i < length; i++) {
      const code = text.charCodeAt(i);
      if (code > 0x7f) {
        this.#pos = before;
        return this.#unicode(text);
      }
      bytes[pos++] = code;
    }
    this.#pos = pos;
  }

  /** Bytes, given as hexadecimal digits: two of them to a byte. */
  hex(tag: number, digits: string): void {
    const length = digits.length >>> 1;
    this.#room(2 * MOST_LENGTH + length);
    this.#short(tag);
    this.#short(length);
    for (let i = 0; i < length; i++) {
      this.#bytes[this.#pos++] = digitOf(digits.charCodeAt(2 * i)) << 4 |
        digitOf(digits.charCodeAt(2 * i + 1));
    }
  }

  #unicode(text: string): void {
    const began = ++this.#pos;
    this.#pos += ENCODER.encodeInto(text, this.#bytes.subarray(began)).written;
    this.close(began);
  }

  /** A varint of 32 bits, for which there is room. */
  #short(value: number): void {
    const bytes = this.#bytes;
    let rest = value;
    while (rest > 0x7f) {
      bytes[this.#pos++] = rest & 0x7f | 0x80;
      rest >>>= 7;
    }
    bytes[this.#pos++] = rest;
  }

  #room(more: number): void {
    if (this.#pos + more <= this.#bytes.length) return;
    const larger = new Uint8Array(Math.max(2 * this.#bytes.length, this.#pos + more));
    larger.set(this.written);
    this.#bytes = larger;
    this.#view = new DataView(larger.buffer);
  }
}

/** Digits of small and of capital letters. */
function digitOf(code: number): number {
  return (code & 15) + (code >>> 6) * 9;
}

function lengthOfVarint(value: number): number {
  let length = 1;
  for (let rest = value; rest > 0x7f; rest >>>= 7) length++;
  return length;
}
