/** What a job has written, and the note of how far it is. */
import { join } from "node:path";
import { ClipError } from "../../errors.ts";
import { type OutputFormat, partFiles, partPaths } from "../outputs/formats.ts";
import type { Dtype } from "../outputs/npy.ts";
import type { Tower } from "../outputs/part.ts";
import { type PartPosition, PartWriter } from "../outputs/part_writer.ts";
import { SpoolFile } from "../outputs/spool_file.ts";
import { storedRow } from "../outputs/stored_row.ts";
import { normalized, vectorLength } from "../outputs/vector_bytes.ts";
import type { InputRow } from "../row.ts";
import { ERRORS_NAME, unfinishedFolder } from "./job_folder.ts";
import type { OutputPlace } from "./places/output_place.ts";
import { type JobState, writeState } from "./state.ts";
import type { RowOutcome } from "./window.ts";

/** How often it is noted how far the job is, milliseconds: at most so much work is done twice. */
const NOTE_MS = 1_000;

/** How a job's output is written. */
export interface OutputOptions {
  out: OutputPlace;
  format: OutputFormat;
  dtype: Dtype;
  normalize: boolean;
  rowsPerFile: number;
  strict: boolean;
  /** Milliseconds since some moment. */
  now: () => number;
}

/** Writes what becomes of a job's rows. */
export class JobOutput {
  readonly #options: OutputOptions;
  readonly #errors: SpoolFile;
  #state: JobState;
  #parts: PartWriter | undefined;
  #notedAt: number;

  private constructor(options: OutputOptions, state: JobState, errors: SpoolFile) {
    this.#options = options;
    this.#state = { ...state };
    this.#errors = errors;
    this.#notedAt = options.now();
  }

  /** Goes on where the job is: what was written and not noted is cut away. @throws {ClipError} */
  static async open(options: OutputOptions, state: JobState): Promise<JobOutput> {
    const path = join(options.out.folder, ERRORS_NAME);
    const output = new JobOutput(options, state, await SpoolFile.open(path, state.errorsBytes));
    try {
      if (state.towers !== null && state.dimensions !== null) {
        await output.#openParts(state.position);
        // The process died when the part was full, and its files were not made.
        if (output.#parts!.full) await output.#finishPart();
      }
    } catch (error) {
      output.close();
      throw error;
    }
    return output;
  }

  /** How far the job is, noted or not. */
  get state(): JobState {
    return this.#state;
  }

  /** What is embedded of each row, if that is settled. */
  get towers(): readonly Tower[] | undefined {
    return this.#state.towers ?? undefined;
  }

  settleTowers(towers: readonly Tower[]): void {
    this.#state = { ...this.#state, towers: [...towers] };
  }

  /**
   * Takes what became of the next row.
   * @throws {ClipError} "document" at a bad row if they are not allowed, "backend" if nothing can be
   * written or embeddings are not of one length.
   */
  take(outcome: RowOutcome): Promise<void> | undefined {
    const written = "reason" in outcome
      ? this.#takeError(outcome.row, outcome.reason)
      : this.#takeRow(outcome.row, outcome.vectors);
    if (written !== undefined) return written.then(() => this.#rest());
    return this.#due ? this.#rest() : undefined;
  }

  #takeRow(
    row: Extract<RowOutcome, { vectors: unknown }>["row"],
    given: readonly Float32Array[],
  ): Promise<unknown> | undefined {
    const { dimensions } = this.#state;
    for (const vector of given) {
      if (vector.length !== (dimensions ?? given[0]!.length)) {
        throw new ClipError(
          "backend",
          `"${row.place}" has an embedding of ${vector.length} numbers, and others have ` +
            `${dimensions ?? given[0]!.length}: a job has one model`,
        );
      }
    }
    const lengths = given.map(vectorLength);
    if (!lengths.every(Number.isFinite)) {
      return this.#takeError(row, "its embedding has numbers that are not finite");
    }
    const vectors = this.#options.normalize
      ? given.map((vector, i) => normalized(vector, lengths[i]!))
      : given;
    if (this.#parts === undefined) return this.#takeFirst(row, vectors);
    const appended = this.#parts.append(storedRow(row), vectors);
    this.#count(row, "embedded");
    return appended;
  }

  async #takeFirst(
    row: Extract<RowOutcome, { vectors: unknown }>["row"],
    vectors: readonly Float32Array[],
  ): Promise<void> {
    this.#state = { ...this.#state, dimensions: vectors[0]!.length };
    await this.#openParts(this.#state.position);
    await this.#parts!.append(storedRow(row), vectors);
    this.#count(row, "embedded");
  }

  #takeError({ key, place }: InputRow, reason: string): Promise<void> | undefined {
    if (this.#options.strict) {
      throw new ClipError("document", `${place}: ${reason}. Nothing is passed over with --strict`);
    }
    const line = new TextEncoder().encode(`${JSON.stringify({ key, place, reason })}\n`);
    const appended = this.#errors.append(line);
    this.#count({ key }, "failed");
    return appended;
  }

  #count({ key }: { key: string }, as: "embedded" | "failed"): void {
    const state = this.#state;
    state.rows++;
    state[as]++;
    state.lastKey = key;
  }

  get #due(): boolean {
    return this.#parts?.full || this.#options.now() - this.#notedAt >= NOTE_MS;
  }

  async #rest(): Promise<void> {
    if (this.#parts?.full) await this.#finishPart();
    else if (this.#due) await this.note();
  }

  /** Notes how far the job is, when that is on the disk. @throws {ClipError} "backend" */
  async note(): Promise<void> {
    // What comes while it is written belongs to the next note.
    this.#notedAt = this.#options.now();
    await Promise.all([this.#errors.sync(), this.#parts?.sync()]);
    const position = this.#parts?.position ?? this.#state.position;
    this.#state = { ...this.#state, position, errorsBytes: this.#errors.length };
    await writeState(this.#options.out.folder, this.#state);
  }

  /** The end of the input: the last part becomes files. @throws {ClipError} "backend" */
  async finish(): Promise<void> {
    await this.note();
    if (this.#state.position.rows > 0) await this.#finishPart();
    this.close();
    if (this.#state.errorsBytes === 0) await Deno.remove(this.#errors.path).catch(() => {});
  }

  async #finishPart(): Promise<void> {
    await this.note();
    const { out, format } = this.#options;
    const files = partFiles(format, this.#state.towers!, this.#state.position.parts);
    const position = await this.#parts!.finishPart();
    this.#parts = undefined;
    this.#state = { ...this.#state, position };
    await writeState(out.folder, this.#state);
    await out.keepPart(partPaths(files), this.#state);
    await this.#openParts(position);
  }

  async #openParts(position: PartPosition): Promise<void> {
    const { folder } = this.#options.out;
    this.#parts = await PartWriter.open({
      folder,
      spoolFolder: unfinishedFolder(folder),
      format: this.#options.format,
      dtype: this.#options.dtype,
      rowsPerFile: this.#options.rowsPerFile,
      towers: this.#state.towers!,
      dimensions: this.#state.dimensions!,
    }, position);
  }

  /** Closes the files; what is not noted is done again by the next run. */
  close(): void {
    this.#errors.close();
    this.#parts?.close();
    this.#parts = undefined;
  }
}
