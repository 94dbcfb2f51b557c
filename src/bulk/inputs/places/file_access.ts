/** The bytes of a file on the disk, wherever they are asked for. */
import { checkRange, type RandomAccess } from "./random_access.ts";

/** An open file. */
export class FileAccess implements RandomAccess {
  readonly byteLength: number;
  readonly #file: Deno.FsFile;
  /** Reads come one after the other: a file has one place. */
  #last: Promise<unknown> = Promise.resolve();

  private constructor(file: Deno.FsFile, byteLength: number) {
    this.#file = file;
    this.byteLength = byteLength;
  }

  /** Opens a file. @throws what the system says. */
  static async open(path: string): Promise<FileAccess> {
    const file = await Deno.open(path, { read: true });
    return new FileAccess(file, (await file.stat()).size);
  }

  slice(start: number, end = this.byteLength): Promise<ArrayBuffer> {
    const bytes = this.#last.then(() => this.#read(start, end));
    // hyparquet asks for many at a time, and forgets the others when one fails.
    this.#last = bytes.catch(() => {});
    return bytes;
  }

  async #read(start: number, end: number): Promise<ArrayBuffer> {
    checkRange(start, end, this.byteLength);
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
