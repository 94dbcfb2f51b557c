/** Base64 as Python reads and writes it, of both alphabets. */
import { Buffer } from "node:buffer";

/** Values of characters; 64 for those outside of the alphabets, which are skipped, 65 for padding. */
const VALUES = new Uint8Array(256).fill(64);
const STANDARD = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
for (let i = 0; i < 64; i++) VALUES[STANDARD.charCodeAt(i)] = i;
VALUES["-".charCodeAt(0)] = 62;
VALUES["_".charCodeAt(0)] = 63;
VALUES["=".charCodeAt(0)] = 65;

/** Characters before the comma of a data: URI that are looked at. */
const MAX_HEAD = 256;

/**
 * Decodes base64 as leniently as Python's `base64.b64decode`: characters outside the alphabet are
 * skipped, the first complete padding ends it. Beyond Python: missing padding is forgiven, the
 * alphabet that is safe in URLs is read as well, and so is a data: URI.
 *
 * @throws {SyntaxError} one character more than a multiple of four: no bytes can give that.
 */
export function decodeBase64(text: string): Uint8Array {
  try {
    // The runtime's decoder is strict and some hundred times faster than the loop below.
    return Uint8Array.fromBase64(text);
  } catch {
    const decoder = new Base64Decoder(text.length);
    decoder.push(Buffer.from(text));
    return decoder.finish();
  }
}

/** The same, of a text that comes in pieces. */
export class Base64Decoder {
  #bytes: Uint8Array;
  #length = 0;
  /** Bits of a group of four that is not complete, and how many characters they are. */
  #bits = 0;
  #characters = 0;
  #pads = 0;
  #ended = false;
  #begun = false;

  /** @param length of the text at most: three bytes for each four characters are taken. */
  constructor(length: number) {
    this.#bytes = new Uint8Array(Math.ceil(length / 4) * 3);
  }

  /** Reads on. @param text its characters as bytes; what is not ASCII is skipped. */
  push(text: Uint8Array): void {
    let rest = text;
    if (!this.#begun) {
      this.#begun = true;
      rest = text.subarray(headLength(text));
    }
    if (this.#ended) return;
    const whole = this.#characters === 0 ? rest.length - rest.length % 4 : 0;
    if (whole >= 64) {
      try {
        const strict = Buffer.from(rest.buffer, rest.byteOffset, whole).toString("latin1");
        const into = this.#bytes.subarray(this.#length);
        const { read, written } = into.setFromBase64(strict, { lastChunkHandling: "strict" });
        if (read === whole) {
          this.#length += written;
          // Padding is at the end or nowhere.
          this.#ended = rest[whole - 1] === 0x3d;
          rest = rest.subarray(whole);
        }
      } catch {
        // Read again, leniently.
      }
    }
    this.#leniently(rest);
  }

  #leniently(text: Uint8Array): void {
    const out = this.#bytes;
    let length = this.#length;
    let bits = this.#bits;
    let characters = this.#characters;
    for (let i = 0; i < text.length && !this.#ended; i++) {
      const value = VALUES[text[i]!]!;
      if (value < 64) {
        this.#pads = 0;
        bits = bits << 6 | value;
        if (++characters === 4) {
          out[length++] = bits >>> 16;
          out[length++] = bits >>> 8;
          out[length++] = bits;
          bits = characters = 0;
        }
      } else if (value === 65 && characters >= 2) {
        // Padding only counts where it completes a group, as in CPython's binascii.
        this.#ended = ++this.#pads + characters >= 4;
      }
    }
    this.#length = length;
    this.#bits = bits;
    this.#characters = characters;
  }

  /** The bytes. @throws {SyntaxError} as `decodeBase64`. */
  finish(): Uint8Array {
    const characters = this.#characters;
    if (characters === 1) throw new SyntaxError("One character more than a multiple of four");
    if (characters === 2) this.#bytes[this.#length++] = this.#bits >>> 4;
    if (characters === 3) {
      this.#bytes[this.#length++] = this.#bits >>> 10;
      this.#bytes[this.#length++] = this.#bits >>> 2;
    }
    return this.#bytes.subarray(0, this.#length);
  }
}

/** Length of `data:image/png;base64,` and the like at the beginning of a text. */
function headLength(text: Uint8Array): number {
  const head = Buffer.from(text.subarray(0, MAX_HEAD)).toString("latin1");
  return /^\s*data:[^,]*;base64,/i.exec(head)?.[0].length ?? 0;
}

/** Encodes bytes as standard, padded base64. */
export function encodeBase64(bytes: Uint8Array): string {
  return bytes.toBase64();
}
