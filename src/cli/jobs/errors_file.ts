/** The file of rows that failed, a JSON object on each line. */
import { ClipError } from "../../errors.ts";
import { fileTrouble } from "../../file_trouble.ts";

/** Opened at the first failure: where nothing fails there is no file. */
export class ErrorsFile {
  readonly path: string;
  #file: Deno.FsFile | undefined;
  count = 0;

  constructor(path: string) {
    this.path = path;
  }

  /** Writes a row. @throws {ClipError} "backend" if it cannot be written. */
  async add(row: { key: string; place: string; reason: string }): Promise<void> {
    try {
      this.#file ??= await Deno.open(this.path, { write: true, create: true, truncate: true });
      let bytes = new TextEncoder().encode(`${JSON.stringify(row)}\n`);
      while (bytes.length > 0) bytes = bytes.subarray(await this.#file.write(bytes));
    } catch (thrown) {
      throw new ClipError("backend", `Cannot write '${this.path}': ${fileTrouble(thrown)}`);
    }
    this.count++;
  }

  /** Closes it. */
  close(): void {
    this.#file?.close();
    this.#file = undefined;
  }
}
