/** A job's folder: which job it is, how far it is, and who may write to it. */
import { join } from "node:path";
import { z } from "zod";
import { ClipError } from "../../errors.ts";
import { fileTrouble } from "../../file_trouble.ts";
import { tryFileLock } from "../../file_lock.ts";
import { isSameModel, unpackProbe } from "../same_model.ts";
import { OUTPUT_NAMES } from "../outputs/formats.ts";
import { isThere, onDisk } from "../outputs/trouble.ts";
import { syncNames, writeWholeText } from "../outputs/whole_file.ts";

const finishedSchema = z.strictObject({
  rows: z.number(),
  embedded: z.number(),
  failed: z.number(),
  parts: z.number(),
  dimensions: z.number().nullable(),
  towers: z.array(z.enum(["any", "image", "text"])),
});

/** What a job came to. */
export type FinishedJob = z.infer<typeof finishedSchema>;

const jobSchema = z.strictObject({
  clipline_job: z.literal(1),
  description: z.record(z.string(), z.string()),
  /** What the model makes of a text, packed: the name may not say which model it is. */
  probe: z.string().nullable(),
  shard: z.strictObject({ index: z.number(), count: z.number() }).nullable(),
  rows_per_file: z.number(),
  finished: finishedSchema.nullable(),
});

/** What `job.json` says. */
export type JobFile = z.infer<typeof jobSchema>;

/** Names in a job's folder beside its outputs. */
export const JOB_NAME = "job.json";
export const ERRORS_NAME = "errors.jsonl";

/** The folder of what is not finished; gone when the job is. */
export const UNFINISHED = "unfinished";

/** Where the spool and the state lie. */
export function unfinishedFolder(folder: string): string {
  return join(folder, UNFINISHED);
}

/**
 * What a folder says of the job in it; `undefined` if there is none.
 * @throws {ClipError} "config" if it is not to be understood.
 */
export async function readJobFile(folder: string): Promise<JobFile | undefined> {
  const path = join(folder, JOB_NAME);
  let text: string;
  try {
    text = await Deno.readTextFile(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw new ClipError("config", `Cannot read "${path}": ${fileTrouble(error)}`, { cause: error });
  }
  return readJobText(text, path);
}

/** The same of the text of a `job.json`. @param name for the error. @throws {ClipError} "config" */
export function readJobText(text: string, name: string): JobFile {
  const read = jobSchema.safeParse(parseJson(text));
  if (read.success) return read.data;
  throw new ClipError("config", `"${name}" is not what this version writes: choose another folder`);
}

/** Writes what a folder says of its job. @throws {ClipError} "backend" */
export async function writeJobFile(folder: string, job: JobFile): Promise<void> {
  const path = join(folder, JOB_NAME);
  await writeWholeText(path, `${JSON.stringify(job, null, 2)}\n`);
  await syncNames(path);
}

/** JSON, or `undefined`. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/**
 * Sees that a folder is this job's, or can become so.
 *
 * @returns its `job.json` if it has begun before.
 * @throws {ClipError} "config" if it is another job's, and in what they differ; or if it holds
 * something else.
 */
export async function claimFolder(folder: string, job: JobFile): Promise<JobFile | undefined> {
  const there = await readJobFile(folder);
  if (there !== undefined) return checkSameJob(folder, there, job);
  if (await hasOthers(folder)) throw notEmpty(folder);
  return undefined;
}

/** What is said of a place that holds something else than a job. */
export function notEmpty(name: string): ClipError {
  return new ClipError(
    "config",
    `The folder "${name}" is not empty, and what is in it is no job's: choose another`,
  );
}

/** The job that is there, if it is this one. @throws {ClipError} "config": in what they differ. */
export function checkSameJob(name: string, there: JobFile, job: JobFile): JobFile {
  const differences = differencesOf(there, job);
  if (differences.length === 0) return there;
  throw new ClipError(
    "config",
    `The folder "${name}" is another job's: ${differences.join("; ")}. Choose another folder, ` +
      "or --overwrite what is there",
  );
}

/** In what two jobs differ, a few words each. */
export function differencesOf(
  there: Pick<JobFile, "description"> & Partial<JobFile>,
  now: Pick<JobFile, "description"> & Partial<JobFile>,
): string[] {
  const of = (job: Partial<JobFile>) => ({
    ...job.description,
    ...(job.shard === undefined
      ? {}
      : { shard: job.shard === null ? "none" : `${job.shard.index}/${job.shard.count}` }),
    ...(job.rows_per_file === undefined ? {} : { "rows per file": String(job.rows_per_file) }),
  });
  const before: Record<string, string> = of(there);
  const after: Record<string, string> = of(now);
  const differences = [...new Set([...Object.keys(before), ...Object.keys(after)])]
    .filter((name) => before[name] !== after[name])
    .map((name) => difference(name, before[name], after[name]));
  if (differences.length === 0 && !isOfOneModel(there.probe, now.probe)) {
    differences.push("it was embedded by another model");
  }
  return differences;
}

function difference(name: string, was: string | undefined, is: string | undefined): string {
  // Of the input there is a hash.
  if (name === "input") return "its input was another (files, their sizes, or columns)";
  return `${name} was ${shown(was)} and is ${shown(is)} now`;
}

function isOfOneModel(a: string | null | undefined, b: string | null | undefined): boolean {
  return !a || !b || isSameModel(unpackProbe(a), unpackProbe(b));
}

const LONGEST_SHOWN = 80;

function shown(value: string | undefined): string {
  if (value === undefined) return "not given";
  return value.length > LONGEST_SHOWN ? `${value.slice(0, LONGEST_SHOWN)}…` : value;
}

/** Whether anything else lies in a folder than what a job leaves that died as it began. */
async function hasOthers(folder: string): Promise<boolean> {
  return await onFolder(folder, async () => {
    if (!await isThere(folder)) return false;
    for await (const { name } of Deno.readDir(folder)) {
      if (name !== UNFINISHED && name !== `${JOB_NAME}.tmp`) return true;
    }
    return false;
  });
}

/** Removes what jobs write, and nothing else. @throws {ClipError} "backend" */
export async function clearFolder(folder: string): Promise<void> {
  await onDisk(folder, async () => {
    // First what says that there is a job: the rest is nobody's then.
    for (const name of [JOB_NAME, `${JOB_NAME}.tmp`, ERRORS_NAME]) {
      await removeIfThere(join(folder, name));
    }
    for (const [below, pattern] of Object.entries(OUTPUT_NAMES)) {
      const place = join(folder, below);
      if (!await isThere(place)) continue;
      for await (const { name, isFile } of Deno.readDir(place)) {
        if (isFile && pattern.test(name)) await Deno.remove(join(place, name));
      }
    }
    for (
      const name of ["state.json", "state.json.tmp", "rows.part", "matrix_0.part", "matrix_1.part"]
    ) {
      await removeIfThere(join(unfinishedFolder(folder), name));
    }
  });
}

async function removeIfThere(path: string): Promise<void> {
  await Deno.remove(path).catch((error) => {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  });
}

/** Removes the spool of a job that is finished. @throws {ClipError} "backend" */
export async function removeUnfinished(folder: string): Promise<void> {
  const path = unfinishedFolder(folder);
  await onDisk(path, () =>
    Deno.remove(path, { recursive: true }).catch((error) => {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }));
}

/**
 * Does what writes to a folder, made if need be, while no other process does.
 * @throws {ClipError} "unavailable" if another does, "config" if the folder cannot be made.
 */
export async function withFolder<T>(folder: string, work: () => Promise<T>): Promise<T> {
  await onFolder(folder, () => Deno.mkdir(unfinishedFolder(folder), { recursive: true }));
  const lock = join(unfinishedFolder(folder), "lock");
  await onFolder(
    folder,
    async () => (await Deno.open(lock, { write: true, create: true })).close(),
  );
  const done = await tryFileLock(lock, async () => ({ result: await work() }));
  if (done !== undefined) return done.result;
  throw new ClipError("unavailable", `Another process is writing to "${folder}": wait for its end`);
}

/** Does something with a folder. @throws {ClipError} "config": why it cannot be used. */
export async function onFolder<T>(folder: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof ClipError) throw error;
    throw new ClipError("config", `Cannot use the folder "${folder}": ${fileTrouble(error)}`, {
      cause: error,
    });
  }
}
