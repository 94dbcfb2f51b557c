/**
 * How far a job is whose output goes to a bucket: an object that is replaced when a part is there as a
 * whole, and only by who knows what it was. So of two processes with one job the first notices the
 * second, which goes on with what is there.
 */
import { z } from "zod";
import { ClipError } from "../../../errors.ts";
import { parseJson } from "../job_folder.ts";
import { FIRST_STATE, type JobState, stateSchema } from "../state.ts";
import { type BucketPrefix, isOvertaken } from "./bucket_prefix.ts";

const bucketStateSchema = z.strictObject({
  /** The process that writes to it. */
  owner: z.string(),
  /** Another with every part: what lies on a machine goes on from there, or is of no use. */
  commit: z.string(),
  /** At the end of the last part that is there, or where the job was ended in good order. */
  state: stateSchema,
  /** Objects that the part being written was then; absent at the end of a part. */
  spool: z.array(z.string()).optional(),
});

/** How far a job in a bucket is. */
export type BucketState = z.infer<typeof bucketStateSchema>;

const NAME = "state.json";

/** Reads and replaces it. */
export class BucketStateObject {
  readonly #prefix: BucketPrefix;
  readonly #owner = crypto.randomUUID();
  #etag: string | null = null;
  #now: BucketState | undefined;

  constructor(prefix: BucketPrefix) {
    this.#prefix = prefix;
  }

  /** What it was when it was read or written here last. */
  get now(): BucketState {
    if (this.#now === undefined) throw new TypeError("the job has not been begun");
    return this.#now;
  }

  /** What it is; `undefined` if there is none. @throws {ClipError} "invalid" if it is broken. */
  async read(): Promise<BucketState | undefined> {
    const info = await this.#prefix.head(NAME);
    this.#etag = info?.etag ?? null;
    if (info === undefined) return undefined;
    const text = await this.#prefix.readText(NAME, info.etag);
    const read = bucketStateSchema.safeParse(parseJson(text));
    if (read.success) return read.data;
    const name = this.#prefix.nameOf(NAME);
    throw new ClipError("invalid", `"${name}" is broken: --overwrite begins the job anew`);
  }

  /** Makes it this process's, begun if need be. @throws {ClipError} "backend" */
  async take(): Promise<BucketState> {
    const there = await this.read();
    return await this.#replace({
      commit: crypto.randomUUID(),
      state: FIRST_STATE,
      ...there,
      owner: this.#owner,
    });
  }

  /** Sees that it is still this process's. @throws {ClipError} "backend" if it is not. */
  async check(): Promise<void> {
    if ((await this.#prefix.head(NAME))?.etag !== this.#etag) throw this.taken();
  }

  /** Notes that more is there. @param spool see `BucketState`. @throws {ClipError} "backend" if another process has taken the job. */
  commit(state: JobState, spool?: readonly string[]): Promise<BucketState> {
    return this.#replace({
      // It is counted on where it comes from.
      state: { ...state },
      commit: crypto.randomUUID(),
      owner: this.#owner,
      ...(spool === undefined ? {} : { spool: [...spool] }),
    });
  }

  async #replace(next: BucketState): Promise<BucketState> {
    const condition = { etag: this.#etag };
    try {
      this.#etag = (await this.#prefix.writeText(NAME, JSON.stringify(next), condition)).etag;
    } catch (error) {
      if (!isOvertaken(error)) throw error;
      // It was written, and the answer was lost: then it is what it was to be.
      const there = await this.read();
      const { owner, commit } = there ?? {};
      if (owner !== next.owner || commit !== next.commit) throw this.taken(error);
    }
    return this.#now = next;
  }

  /** What this process is told when another has the job. */
  taken(cause?: unknown): ClipError {
    return new ClipError(
      "backend",
      `Another process has gone on with the job in "${this.#prefix.name}": this one ends, and ` +
        "leaves it to that",
      { cause },
    );
  }

  /** Removes it: the job is finished. */
  remove(): Promise<void> {
    return this.#prefix.remove(NAME);
  }
}
