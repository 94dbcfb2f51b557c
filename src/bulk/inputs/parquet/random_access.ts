/** A Parquet file's bytes, wherever they are asked for. */
import type { AsyncBuffer } from "hyparquet";

/** A file as hyparquet reads it. */
export class RandomAccess implements AsyncBuffer {
  readonly byteLength: number;
  readonly #file: Deno.FsFile;
  /** Reads come one after the other: a file has one place. */
  #last: Promise<unknown> = Promise.resolve();

  private constructor(file: Deno.FsFile, byteLength: number) {
    this.#file = file;
    this.byteLength = byteLength;
  }

  /** Opens a file; `await using` closes it. @throws what the system says. */
  static async open(path: string): Promise<RandomAccess> {
    const file = await Deno.open(path, { read: true });
    return new RandomAccess(file, (await file.stat()).size);
  }

  /** Some bytes. @throws {Error} for what is not in the file. */
  slice(start: number, end = this.byteLength): Promise<ArrayBuffer> {
    const bytes = this.#last.then(() => this.#read(start, end));
    // hyparquet asks for many at a time, and forgets the others when one fails.
    this.#last = bytes.catch(() => {});
    return bytes;
  }

  async #read(start: number, end: number): Promise<ArrayBuffer> {
    const inFile = Number.isSafeInteger(start) && Number.isSafeInteger(end) && start >= 0 &&
      start <= end && end <= this.byteLength;
    if (!inFile) throw new Error(`it names bytes ${start} to ${end} of ${this.byteLength}`);
    const length = end - start;
    const bytes = new Uint8Array(length);
    await this.#file.seek(start, Deno.SeekMode.Start);
    for (let done = 0; done < length;) {
      const read = await this.#file.read(bytes.subarray(done));
      if (read === null) throw new Error("it became shorter");
      done += read;
    }
    return bytes.buffer;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#last;
    this.#file.close();
  }
}
