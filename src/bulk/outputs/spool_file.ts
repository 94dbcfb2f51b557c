/** A file that a job appends to, and that is cut to what was surely written when a job goes on. */
import { ClipError } from "../../errors.ts";
import { onDisk } from "./trouble.ts";

/** Bytes that are gathered before they are written. */
const BUFFER_BYTES = 1 << 20;

/** Appends to one file. */
export class SpoolFile {
  readonly path: string;
  readonly #file: Deno.FsFile;
  #buffer = new Uint8Array(BUFFER_BYTES);
  #filled = 0;
  #length: number;
  /** Why it cannot be written any more: after a failure nobody knows what is there. */
  #broken: { error: unknown } | undefined;

  private constructor(path: string, file: Deno.FsFile, length: number) {
    this.path = path;
    this.#file = file;
    this.#length = length;
  }

  /**
   * Opens a file, made if need be, at its first `length` bytes; what is behind them goes.
   * @throws {ClipError} "backend" if it cannot be written, "invalid" if the file is shorter.
   */
  static open(path: string, length: number): Promise<SpoolFile> {
    return onDisk(path, async () => {
      const file = await Deno.open(path, { read: true, write: true, create: true });
      try {
        const { size } = await file.stat();
        if (size < length) {
          throw new ClipError(
            "invalid",
            `"${path}" has ${size} bytes, and the job wrote ${length}: somebody changed it. ` +
              "--overwrite begins anew",
          );
        }
        await file.truncate(length);
        await file.seek(length, Deno.SeekMode.Start);
        return new SpoolFile(path, file, length);
      } catch (error) {
        file.close();
        throw error;
      }
    });
  }

  /** Bytes there are, with those that are not written yet. */
  get length(): number {
    return this.#length;
  }

  /**
   * Appends; the bytes are taken before it returns. A promise only if something is being written.
   * @throws {ClipError} "backend" if it cannot be written.
   */
  append(bytes: Uint8Array): Promise<void> | undefined {
    this.#length += bytes.length;
    if (this.#filled + bytes.length <= BUFFER_BYTES) {
      this.#buffer.set(bytes, this.#filled);
      this.#filled += bytes.length;
      return undefined;
    }
    return this.#appendThrough(bytes);
  }

  async #appendThrough(bytes: Uint8Array): Promise<void> {
    await this.#flush();
    if (bytes.length <= BUFFER_BYTES) {
      this.#buffer.set(bytes);
      this.#filled = bytes.length;
    } else {
      await this.#write(bytes);
    }
  }

  async #write(bytes: Uint8Array): Promise<void> {
    if (this.#broken !== undefined) throw this.#broken.error;
    try {
      await onDisk(this.path, () => writeAll(this.#file, bytes));
    } catch (error) {
      this.#broken = { error };
      throw error;
    }
  }

  /** Resolves when all of it is on the disk. @throws {ClipError} "backend" */
  async sync(): Promise<void> {
    await this.#flush();
    await onDisk(this.path, () => this.#file.syncData());
  }

  async #flush(): Promise<void> {
    if (this.#broken !== undefined) throw this.#broken.error;
    if (this.#filled === 0) return;
    await this.#write(this.#buffer.subarray(0, this.#filled));
    this.#filled = 0;
  }

  /** Writes over the first bytes, which are written already. @throws {ClipError} "backend" */
  async overwriteStart(bytes: Uint8Array): Promise<void> {
    await this.#flush();
    await onDisk(this.path, async () => {
      await this.#file.seek(0, Deno.SeekMode.Start);
      await writeAll(this.#file, bytes);
      await this.#file.seek(this.#length, Deno.SeekMode.Start);
    });
  }

  /** Closes the file; what is not synced may be lost. */
  close(): void {
    this.#file.close();
  }
}

/** Writes every byte: `write` may take a part. */
export async function writeAll(file: Deno.FsFile, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length;) at += await file.write(bytes.subarray(at));
}
