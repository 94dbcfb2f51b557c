/** Reading a source from one end to the other, little-endian, within a budget. */

import type { ByteSource } from "./byte_source.ts";
import { refuse } from "../refuse.ts";

const WINDOW_BYTES = 64 * 1024;

/** A position in a byte source. */
export class ByteCursor {
  readonly source: ByteSource;
  readonly #end: number;
  #offset: number;
  #window: Uint8Array<ArrayBuffer> = new Uint8Array(0);
  #view: DataView = new DataView(this.#window.buffer);
  #at = 0;

  /**
   * @param offset where to start, in bytes
   * @param budget bytes that may be read from there; reading on is an error
   */
  constructor(source: ByteSource, offset: number, budget: number) {
    this.source = source;
    this.#offset = offset;
    this.#end = Math.min(source.size, offset + budget);
  }

  /** Offset in the source of the next byte. */
  get position(): number {
    return this.#offset - (this.#window.length - this.#at);
  }

  /** Bytes that are left. */
  get remaining(): number {
    return this.#end - this.position;
  }

  uint8(): number {
    const at = this.#need(1);
    return this.#view.getUint8(at);
  }

  uint16(): number {
    const at = this.#need(2);
    return this.#view.getUint16(at, true);
  }

  uint32(): number {
    const at = this.#need(4);
    return this.#view.getUint32(at, true);
  }

  int32(): number {
    const at = this.#need(4);
    return this.#view.getInt32(at, true);
  }

  uint64(): number {
    const at = this.#need(8);
    return Number(this.#view.getBigUint64(at, true));
  }

  /** Big-endian, the one exception in the pickle format. */
  float64BigEndian(): number {
    const at = this.#need(8);
    return this.#view.getFloat64(at, false);
  }

  /** The next `length` bytes, copied. */
  bytes(length: number): Uint8Array<ArrayBuffer> {
    if (length <= WINDOW_BYTES) {
      const at = this.#need(length);
      return this.#window.slice(at, at + length);
    }
    if (length > this.remaining) throw this.#short(length);
    const bytes = this.source.read(this.position, length);
    this.#seek(this.position + length);
    return bytes;
  }

  /** Bytes up to a line feed, without it. */
  line(maxBytes: number): string {
    const line: number[] = [];
    for (let byte = this.uint8(); byte !== 0x0a; byte = this.uint8()) {
      if (line.length >= maxBytes) {
        throw refuse(this.source.label, `a name in its pickle is longer than ${maxBytes} bytes`);
      }
      line.push(byte);
    }
    return new TextDecoder().decode(new Uint8Array(line));
  }

  #need(length: number): number {
    if (this.#at + length > this.#window.length) {
      if (length > this.remaining) throw this.#short(length);
      this.#seek(this.position);
      const size = Math.min(WINDOW_BYTES, this.#end - this.#offset);
      this.#window = this.source.read(this.#offset, size);
      this.#view = new DataView(this.#window.buffer);
      this.#offset += size;
    }
    const at = this.#at;
    this.#at += length;
    return at;
  }

  #seek(offset: number): void {
    this.#offset = offset;
    this.#window = new Uint8Array(0);
    this.#at = 0;
  }

  #short(length: number): Error {
    return refuse(
      this.source.label,
      `its pickle ends too early or is too large: ${length} bytes wanted at offset ` +
        `${this.position}, ${this.remaining} are left`,
    );
  }
}
