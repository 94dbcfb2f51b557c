/**
 * Where the output of a job is kept. A job is always written in a folder of this machine; where it is
 * kept in a bucket, the parts that are complete go there, and the folder has the one being written.
 */
import type { JobFile } from "../job_folder.ts";
import type { JobState } from "../state.ts";

/** Files of a place, as they lie on this machine; they are there until it is disposed of. */
export interface LocalFiles extends AsyncDisposable {
  /** The folder that their paths are below. */
  folder: string;
}

/** A folder, or a prefix in a bucket. */
export interface OutputPlace {
  /** As people call it: `embeddings`, `s3://bucket/embeddings`. */
  readonly name: string;
  /** The folder on this machine in which a job is written. */
  readonly folder: string;
  /** Rows of a part, unless it is said: what a machine that is lost may take with it. */
  readonly usualRowsPerFile: number;
  /** What people call a file of it. @param path below the place. */
  nameOf(path: string): string;
  /** What `job.json` says; `undefined` if there is none. @throws {ClipError} "config" */
  job(): Promise<JobFile | undefined>;
  /**
   * Sees that the place is this job's, or can become so.
   * @returns its `job.json` if the job has begun before.
   * @throws {ClipError} "config" if it is another job's, or holds something else.
   */
  claim(job: JobFile): Promise<JobFile | undefined>;
  /**
   * Does what writes to it, while no other process of this machine does.
   * @throws {ClipError} "unavailable" if another does, "config" if it cannot be written to.
   */
  alone<T>(work: () => Promise<T>): Promise<T>;
  /** Removes what jobs write, and nothing else. @throws {ClipError} "backend" */
  clear(): Promise<void>;
  /** How far the job is. @throws {ClipError} "invalid" if what says so is broken. */
  state(): Promise<JobState>;
  /**
   * Begins the job, or goes on with it; from now on it is this process's.
   * @returns where it goes on: the folder has what that says.
   * @throws {ClipError} "backend"
   */
  begin(job: JobFile): Promise<JobState>;
  /**
   * Keeps a part whose files are complete in the folder, as the state there says.
   * @param paths of its files, below the folder.
   * @throws {ClipError} "backend" if it cannot be, or another process has gone on with the job.
   */
  keepPart(paths: readonly string[], state: JobState): Promise<void>;
  /**
   * Keeps what the folder has of the part being written too, as the job ends before it is done.
   * @throws {ClipError} "backend" as `keepPart`.
   */
  suspend(): Promise<void>;
  /** Notes that the job is finished. @param job with what it came to. @throws {ClipError} "backend" */
  finish(job: JobFile): Promise<void>;
  /** Removes what a finished job does not need any more. @throws {ClipError} "backend" */
  tidy(): Promise<void>;
  /** Files of a finished job, to be read. @throws {ClipError} if they cannot be had. */
  fetch(paths: readonly string[]): Promise<LocalFiles>;
  /** The places below this one, in the order of their names; they may have a job each. */
  below(): AsyncIterable<OutputPlace>;
}
