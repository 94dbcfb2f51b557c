/**
 * Output that is kept in a bucket. The part being written lies in a folder of this machine, as of any
 * job; complete ones go to the bucket, then the state there, then they leave the folder. A job that is
 * ended in good order leaves the part being written in the bucket too. The next run goes on with the
 * folder if it was made from what the bucket has now, on another machine with what the bucket has.
 */
import { basename, join } from "node:path";
import { ClipError } from "../../../errors.ts";
import { StoreError, type WriteCondition } from "../../../storage/object_store.ts";
import { OUTPUT_NAMES, type OutputFormat, partFiles, partPaths } from "../../outputs/formats.ts";
import { onDisk } from "../../outputs/trouble.ts";
import { writeWholeText } from "../../outputs/whole_file.ts";
import {
  checkSameJob,
  clearFolder,
  ERRORS_NAME,
  JOB_NAME,
  type JobFile,
  notEmpty,
  readJobText,
  unfinishedFolder,
  withFolder,
} from "../job_folder.ts";
import { FIRST_STATE, type JobState, readState, writeState } from "../state.ts";
import { type BucketPrefix, isOvertaken } from "./bucket_prefix.ts";
import { isSpool, removeSpool, spoolPaths } from "./bucket_spool.ts";
import { type BucketState, BucketStateObject } from "./bucket_state.ts";
import type { LocalFiles, OutputPlace } from "./output_place.ts";

/** Says which state of the bucket the folder goes on from. */
const BASE_NAME = "base";

/** Where files lie that are read. */
const FETCHED_NAME = "fetched";

/** In a bucket, where the part being written is lost with its machine: 200 MB of 512 numbers each. */
export const ROWS_PER_FILE_IN_BUCKET = 100_000;

/** Times in a row that an object may be another one than it was a moment before. */
const MOST_OVERTAKEN = 8;

/** A prefix in a bucket. */
export class BucketPlace implements OutputPlace {
  readonly name: string;
  readonly folder: string;
  readonly usualRowsPerFile = ROWS_PER_FILE_IN_BUCKET;
  readonly #prefix: BucketPrefix;
  readonly #state: BucketStateObject;
  readonly #folderFor: (name: string) => string;

  /** @param folderFor the folder on this machine for what is called so: always the same. */
  constructor(prefix: BucketPrefix, folderFor: (name: string) => string) {
    this.name = prefix.name;
    this.folder = folderFor(prefix.name);
    this.#prefix = prefix;
    this.#state = new BucketStateObject(prefix);
    this.#folderFor = folderFor;
  }

  nameOf(path: string): string {
    return this.#prefix.nameOf(path);
  }

  async job(): Promise<JobFile | undefined> {
    const text = await this.#prefix.readIfThere(JOB_NAME);
    return text === undefined ? undefined : readJobText(text, this.nameOf(JOB_NAME));
  }

  async claim(job: JobFile): Promise<JobFile | undefined> {
    const there = await this.job();
    if (there !== undefined) return checkSameJob(this.name, there, job);
    for await (const _ of this.#prefix.list()) throw notEmpty(this.name);
    return undefined;
  }

  alone<T>(work: () => Promise<T>): Promise<T> {
    return withFolder(this.folder, work);
  }

  async clear(): Promise<void> {
    // First what says that there is a job: the rest is nobody's then.
    for (const path of [JOB_NAME, ERRORS_NAME]) await this.#prefix.remove(path);
    await this.#state.remove();
    for await (const { path } of this.#prefix.list()) {
      if (isOutput(path) || isSpool(path)) await this.#prefix.remove(path);
    }
    await this.#prefix.abandonUploads();
    await clearFolder(this.folder);
  }

  async state(): Promise<JobState> {
    return (await this.#state.read())?.state ?? FIRST_STATE;
  }

  async begin(job: JobFile): Promise<JobState> {
    const isBegun = await this.#beginJob(job);
    const taken = await this.#state.take();
    const { commit, state } = taken;
    // Whoever had it before writes nothing more that counts.
    if (isBegun) await this.#prefix.abandonUploads();
    const base = await Deno.readTextFile(this.#basePath).catch(() => undefined);
    const here = base === commit ? await readState(this.folder) : undefined;
    if (here === undefined) return await this.#beginFolder(taken);
    // The process died when the part was complete here, and had not been kept.
    if (here.position.parts > state.position.parts) {
      const format = job.description.format as OutputFormat;
      const files = partFiles(format, here.towers ?? [], state.position.parts);
      await this.keepPart(partPaths(files), here);
    }
    return here;
  }

  /** What lies in the folder is of no use: the bucket is ahead of it, or has another job. */
  async #beginFolder({ state, spool = [] }: BucketState): Promise<JobState> {
    await clearFolder(this.folder);
    for (const path of [...(state.errorsBytes > 0 ? [ERRORS_NAME] : []), ...spool]) {
      await this.#prefix.fetch(path, join(this.folder, path));
    }
    await writeState(this.folder, state);
    await this.#writeBase();
    return state;
  }

  async keepPart(paths: readonly string[], state: JobState): Promise<void> {
    const { spool } = this.#state.now;
    for (const path of paths) await this.#keepFile(path);
    await this.#keepErrors(state);
    await this.#state.commit(state);
    await this.#writeBase();
    for (const path of spool ?? []) await this.#prefix.remove(path);
    for (const path of paths) {
      const file = join(this.folder, path);
      await onDisk(file, () => Deno.remove(file));
    }
  }

  async suspend(): Promise<void> {
    const state = await readState(this.folder);
    const kept = this.#state.now.state;
    // Of a part that is complete here and could not be kept, the bucket has nothing to go on from.
    if (state.rows === kept.rows || state.position.parts !== kept.position.parts) return;
    const spool = await spoolPaths(this.folder);
    for (const path of spool) await this.#keepFile(path);
    await this.#keepErrors(state);
    await this.#state.commit(state, spool);
    await this.#writeBase();
  }

  async finish(job: JobFile): Promise<void> {
    if ((job.finished?.failed ?? 0) > 0) await this.#keepFile(ERRORS_NAME);
    await this.#state.check();
    await this.#writeJob(job);
    await this.tidy();
  }

  async tidy(): Promise<void> {
    await this.#state.remove();
    await removeSpool(this.#prefix);
    await removeFolder(this.folder);
  }

  async fetch(paths: readonly string[]): Promise<LocalFiles> {
    // Several are read at a time.
    const folder = join(this.folder, `${FETCHED_NAME}-${crypto.randomUUID()}`);
    const dispose = async () => {
      await removeFolder(folder);
      // Unless a job has something there.
      await Deno.remove(this.folder).catch(() => {});
    };
    const fetching = paths.map((path) => this.#prefix.fetch(path, join(folder, path)));
    const failed = (await Promise.allSettled(fetching)).find(({ status }) => status === "rejected");
    if (failed === undefined) return { folder, [Symbol.asyncDispose]: dispose };
    await dispose();
    throw (failed as PromiseRejectedResult).reason;
  }

  async *below(): AsyncGenerator<OutputPlace> {
    for await (const name of this.#prefix.folders()) {
      yield new BucketPlace(this.#prefix.below(name), this.#folderFor);
    }
  }

  /**
   * Puts a file into the bucket, over what a process left there that died. Looking comes before the
   * check: what is written by another process that takes the job after the check is never replaced.
   */
  async #keepFile(path: string): Promise<void> {
    // The process that had the job before may come to an end with it only now.
    await this.#againIfOvertaken(path, async () => {
      const etag = (await this.#prefix.head(path))?.etag ?? null;
      await this.#state.check();
      try {
        await this.#prefix.writeFile(path, join(this.folder, path), { etag });
      } catch (error) {
        throw isOvertaken(error) ? error : await this.#whyNotKept(error);
      }
    });
  }

  /** Who takes the job takes the uploads under way away: stores refuse their parts, or hang up. */
  async #whyNotKept(error: unknown): Promise<unknown> {
    try {
      await this.#state.check();
      return error;
    } catch (other) {
      return other instanceof StoreError ? error : other;
    }
  }

  async #keepErrors(state: JobState): Promise<void> {
    if (state.errorsBytes > this.#state.now.state.errorsBytes) await this.#keepFile(ERRORS_NAME);
  }

  /**
   * Says whose output it is: not over what a process wrote that has finished the job meanwhile.
   * @returns whether it had been said before.
   */
  async #beginJob(job: JobFile): Promise<boolean> {
    // Another process may begin it at the same time, or finish it.
    return await this.#againIfOvertaken(JOB_NAME, async () => {
      const info = await this.#prefix.head(JOB_NAME);
      const there = info && await this.#readJob(info.etag);
      if (there?.finished) throw this.#state.taken();
      await this.#writeJob(job, { etag: info?.etag ?? null });
      return there !== undefined;
    });
  }

  /** Tries once more when an object is another one than it was a moment before, but not for ever. */
  async #againIfOvertaken<T>(path: string, attempt: () => Promise<T>): Promise<T> {
    for (let tries = 1;; tries++) {
      try {
        return await attempt();
      } catch (error) {
        if (!isOvertaken(error)) throw error;
        if (tries === MOST_OVERTAKEN) throw this.#contradicts(path, error);
      }
    }
  }

  /** Versity's gateway is such a store, 1.8.0; to AWS what was removed is not there. */
  #contradicts(path: string, cause: unknown): ClipError {
    return new ClipError(
      "backend",
      `Cannot write "${this.nameOf(path)}": the store says that it is not there, and does not ` +
        "write it because it is. In buckets with versions some count what was removed: take " +
        "another prefix, or a bucket without versions",
      { cause },
    );
  }

  async #readJob(etag: string): Promise<JobFile> {
    return readJobText(await this.#prefix.readText(JOB_NAME, etag), this.nameOf(JOB_NAME));
  }

  #writeJob(job: JobFile, condition?: WriteCondition): Promise<unknown> {
    return this.#prefix.writeText(JOB_NAME, `${JSON.stringify(job, null, 2)}\n`, condition);
  }

  get #basePath(): string {
    return join(unfinishedFolder(this.folder), BASE_NAME);
  }

  #writeBase(): Promise<void> {
    return writeWholeText(this.#basePath, this.#state.now.commit);
  }
}

async function removeFolder(folder: string): Promise<void> {
  await onDisk(folder, () =>
    Deno.remove(folder, { recursive: true }).catch((error) => {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }));
}

/** Whether a path is one that parts have. */
function isOutput(path: string): boolean {
  const name = basename(path);
  const folder = path === name ? "." : path.slice(0, -name.length - 1);
  return OUTPUT_NAMES[folder]?.test(name) ?? false;
}
