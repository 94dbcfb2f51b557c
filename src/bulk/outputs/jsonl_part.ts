/** A part as JSON lines: what is kept of a row, and its embedding. */
import { writeFloatDigits } from "../../encoding/float_digits.ts";
import { embeddingName } from "./names.ts";
import { type Part, readPart } from "./part.ts";
import { writeAll } from "./spool_file.ts";
import { vectorsOf } from "./vector_bytes.ts";

/** Bytes that are gathered before they are written. */
const WRITE_BYTES = 1 << 20;

const encoder = new TextEncoder();

/** Writes a part: of each row `{"id": …, "metadata": {…}, "embedding": […]}`. */
export async function writeJsonl(part: Part, file: Deno.FsFile): Promise<void> {
  const names = part.matrices.map(({ tower }) => JSON.stringify(embeddingName(tower)));
  const pieces = new Pieces();
  for await (const { lines, vectors } of readPart(part)) {
    const numbers = vectors.map((bytes) => vectorsOf(bytes, part.dtype));
    for (const [row, line] of lines.entries()) {
      pieces.add(encoder.encode(line.slice(0, -1)));
      for (const [i, name] of names.entries()) {
        const from = row * part.dimensions;
        pieces.add(encoder.encode(`,${name}:[`));
        writeFloatDigits(
          numbers[i]!.subarray(from, from + part.dimensions),
          (digits) => pieces.add(digits),
        );
        // There is a comma behind each number.
        pieces.drop(1);
        pieces.add(encoder.encode("]"));
      }
      pieces.add(encoder.encode("}\n"));
      if (pieces.length >= WRITE_BYTES) await writeAll(file, pieces.take());
    }
  }
  await writeAll(file, pieces.take());
}

/** Bytes put together. */
class Pieces {
  #bytes = new Uint8Array(2 * WRITE_BYTES);
  length = 0;

  add(bytes: Uint8Array): void {
    if (this.length + bytes.length > this.#bytes.length) {
      const larger = new Uint8Array(2 * (this.length + bytes.length));
      larger.set(this.#bytes.subarray(0, this.length));
      this.#bytes = larger;
    }
    this.#bytes.set(bytes, this.length);
    this.length += bytes.length;
  }

  drop(count: number): void {
    this.length -= count;
  }

  /** All of them, valid until the next are added. */
  take(): Uint8Array {
    const all = this.#bytes.subarray(0, this.length);
    this.length = 0;
    return all;
  }
}
