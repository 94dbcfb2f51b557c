/** The rows of several jobs, written as one. */
import { ClipError } from "../../errors.ts";
import { type OutputFormat, partFiles, partPaths } from "../outputs/formats.ts";
import type { Dtype } from "../outputs/npy.ts";
import {
  FIRST_POSITION,
  type PartPosition,
  PartWriter,
  type PartWriterOptions,
} from "../outputs/part_writer.ts";
import type { ReadRows } from "../outputs/read_rows.ts";
import { type JobFile, unfinishedFolder } from "./job_folder.ts";
import type { OutputPlace } from "./places/output_place.ts";
import type { ShardPart } from "./shards.ts";
import { FIRST_STATE } from "./state.ts";

/** Writes rows that are read from parts. */
export class JoinedRows {
  readonly #out: OutputPlace;
  readonly #job: JobFile;
  #options: PartWriterOptions | undefined;
  #writer: PartWriter | undefined;
  #parts = 0;

  constructor(out: OutputPlace, job: JobFile) {
    this.#out = out;
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
  async add(part: ShardPart, { rows, vectors }: ReadRows): Promise<void> {
    const { dimensions } = part;
    const options = this.#options ??= this.#optionsFor(part);
    if (dimensions !== options.dimensions || String(part.towers) !== String(options.towers)) {
      throw new ClipError(
        "invalid",
        `"${part.place.name}" has embeddings of ${words(part)}, and those before of ${
          words(options)
        }`,
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
      await this.#finishPart(this.#writer);
    }
    return this.#parts;
  }

  close(): void {
    this.#writer?.close();
    this.#writer = undefined;
  }

  async #nextPart(options: PartWriterOptions): Promise<void> {
    this.#writer = await PartWriter.open(options, await this.#finishPart(this.#writer!));
  }

  async #finishPart(writer: PartWriter): Promise<PartPosition> {
    const { format, towers } = this.#options!;
    const files = partFiles(format, towers, this.#parts);
    const position = await writer.finishPart();
    this.#writer = undefined;
    this.#parts = position.parts;
    // A merge that dies begins anew, whatever is there.
    await this.#out.keepPart(partPaths(files), FIRST_STATE);
    return position;
  }

  #optionsFor({ towers, dimensions }: ShardPart): PartWriterOptions {
    const { description, rows_per_file: rowsPerFile } = this.#job;
    return {
      folder: this.#out.folder,
      spoolFolder: unfinishedFolder(this.#out.folder),
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
