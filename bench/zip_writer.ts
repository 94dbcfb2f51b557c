/**
 * A ZIP archive written in one pass as PyTorch's writer does it: members stored, sizes in data
 * descriptors, data on multiples of 64 bytes.
 */

import { crc32 } from "node:zlib";

const ALIGNMENT = 64;
const FLAGS = 0x0808;
const ENCODER = new TextEncoder();

interface Written {
  name: Uint8Array;
  crc: number;
  size: number;
  offset: number;
}

/** Writes members one after the other to an open file; `finish` adds the directory. */
export class ZipWriter {
  readonly #file: Deno.FsFile;
  readonly #members: Written[] = [];
  #offset = 0;

  constructor(file: Deno.FsFile) {
    this.#file = file;
  }

  /** Adds a member out of chunks; none is kept. */
  add(path: string, chunks: Iterable<Uint8Array>): void {
    const name = ENCODER.encode(path);
    const offset = this.#offset;
    const fixed = 30 + name.length + 4;
    const padding = (ALIGNMENT - (offset + fixed) % ALIGNMENT) % ALIGNMENT;
    const header = new DataView(new ArrayBuffer(fixed + padding));
    header.setUint32(0, 0x04034b50, true);
    header.setUint16(6, FLAGS, true);
    header.setUint16(26, name.length, true);
    header.setUint16(28, 4 + padding, true);
    const bytes = new Uint8Array(header.buffer);
    bytes.set(name, 30);
    header.setUint16(30 + name.length, 0x4246, true); // "FB": padding
    header.setUint16(32 + name.length, padding, true);
    bytes.fill(0x5a, fixed);
    this.#write(bytes);
    let crc = 0;
    let size = 0;
    for (const chunk of chunks) {
      crc = crc32(chunk, crc);
      size += chunk.length;
      this.#write(chunk);
    }
    const descriptor = new DataView(new ArrayBuffer(16));
    descriptor.setUint32(0, 0x08074b50, true);
    descriptor.setUint32(4, crc, true);
    descriptor.setUint32(8, size, true);
    descriptor.setUint32(12, size, true);
    this.#write(new Uint8Array(descriptor.buffer));
    this.#members.push({ name, crc, size, offset });
  }

  /** Writes the directory. None of the models reaches the 4 GiB where Zip64 would begin. */
  finish(): void {
    const start = this.#offset;
    if (start >= 2 ** 32) throw new RangeError("archives of 4 GiB and more are not written");
    for (const { name, crc, size, offset } of this.#members) {
      const entry = new DataView(new ArrayBuffer(46 + name.length));
      entry.setUint32(0, 0x02014b50, true);
      entry.setUint16(8, FLAGS, true);
      entry.setUint32(16, crc, true);
      entry.setUint32(20, size, true);
      entry.setUint32(24, size, true);
      entry.setUint16(28, name.length, true);
      entry.setUint32(42, offset, true);
      const bytes = new Uint8Array(entry.buffer);
      bytes.set(name, 46);
      this.#write(bytes);
    }
    const end = new DataView(new ArrayBuffer(22));
    end.setUint32(0, 0x06054b50, true);
    end.setUint16(8, this.#members.length, true);
    end.setUint16(10, this.#members.length, true);
    end.setUint32(12, this.#offset - start, true);
    end.setUint32(16, start, true);
    this.#write(new Uint8Array(end.buffer));
  }

  #write(bytes: Uint8Array): void {
    let done = 0;
    while (done < bytes.length) done += this.#file.writeSync(bytes.subarray(done));
    this.#offset += bytes.length;
  }
}
