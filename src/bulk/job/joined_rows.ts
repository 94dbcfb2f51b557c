/** The rows of several jobs, written as one. */
import { ClipError } from "../../errors.ts";
import type { OutputFormat } from "../outputs/formats.ts";
import type { Dtype } from "../outputs/npy.ts";
import { FIRST_POSITION, PartWriter, type PartWriterOptions } from "../outputs/part_writer.ts";
import type { FinishedPart, ReadRows } from "../outputs/read_rows.ts";
import { type JobFile, unfinishedFolder } from "./job_folder.ts";

/** Writes rows that are read from parts. */
export class JoinedRows {
  readonly #folder: string;
  readonly #job: JobFile;
  #options: PartWriterOptions | undefined;
  #writer: PartWriter | undefined;
  #parts = 0;

  constructor(folder: string, job: JobFile) {
    this.#folder = folder;
    this.#job = job;
  }

  /** What the rows have in common; undefined as long as there is none. */
  get shape(): Pick<PartWriterOptions, "towers" | "dimensions"> | undefined {
    return this.#options;
  }

  /**
   * Appends rows of a part.
   * @throws {ClipError} "invalid" if they have other embeddings than those before, "backend" if they
   * cannot be written.
   */
  async add(part: FinishedPart, { rows, vectors }: ReadRows): Promise<void> {
    const { dimensions } = part;
    const options = this.#options ??= this.#optionsFor(part);
    if (dimensions !== options.dimensions || String(part.towers) !== String(options.towers)) {
      throw new ClipError(
        "invalid",
        `"${part.folder}" has embeddings of ${words(part)}, and those before of ${words(options)}`,
      );
    }
    this.#writer ??= await PartWriter.open(options, FIRST_POSITION);
    for (const [i, row] of rows.entries()) {
      const at = i * dimensions;
      const appended = this.#writer.append(
        row,
        vectors.map((numbers) => numbers.subarray(at, at + dimensions)),
      );
      if (appended !== undefined) await appended;
      if (this.#writer.full) await this.#nextPart(options);
    }
  }

  /** Finishes the last part. @returns how many there are. @throws {ClipError} "backend" */
  async finish(): Promise<number> {
    if (this.#writer !== undefined && this.#writer.position.rows > 0) {
      this.#parts = (await this.#writer.finishPart()).parts;
      this.#writer = undefined;
    }
    return this.#parts;
  }

  close(): void {
    this.#writer?.close();
    this.#writer = undefined;
  }

  async #nextPart(options: PartWriterOptions): Promise<void> {
    const position = await this.#writer!.finishPart();
    this.#writer = undefined;
    this.#parts = position.parts;
    this.#writer = await PartWriter.open(options, position);
  }

  #optionsFor({ towers, dimensions }: FinishedPart): PartWriterOptions {
    const { description, rows_per_file: rowsPerFile } = this.#job;
    return {
      folder: this.#folder,
      spoolFolder: unfinishedFolder(this.#folder),
      format: description.format as OutputFormat,
      dtype: description.dtype as Dtype,
      towers,
      dimensions,
      rowsPerFile,
    };
  }
}

const NAMES = { any: "rows", image: "images", text: "texts" } as const;

function words({ towers, dimensions }: Pick<PartWriterOptions, "towers" | "dimensions">): string {
  return `${towers.map((tower) => NAMES[tower]).join(" and ")} with ${dimensions} numbers each`;
}
