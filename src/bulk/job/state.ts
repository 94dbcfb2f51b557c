/** How far a job is: one small file that is replaced about every second. */
import { join } from "node:path";
import { z } from "zod";
import { ClipError } from "../../errors.ts";
import { FIRST_POSITION } from "../outputs/part_writer.ts";
import { writeWholeText } from "../outputs/whole_file.ts";
import { parseJson, unfinishedFolder } from "./job_folder.ts";

/** The text of it, read. */
export const stateSchema = z.strictObject({
  /** Rows of the input that are done: written, or in the errors. */
  rows: z.number(),
  /** The key of the last of them. */
  lastKey: z.string().nullable(),
  embedded: z.number(),
  failed: z.number(),
  errorsBytes: z.number(),
  /** What is embedded of each row; null as long as no row has been good. */
  towers: z.array(z.enum(["any", "image", "text"])).nullable(),
  dimensions: z.number().nullable(),
  position: z.strictObject({
    parts: z.number(),
    rows: z.number(),
    rowsBytes: z.number(),
    columns: z.record(z.string(), z.enum(["integer", "number", "boolean", "text"]).nullable()),
    texts: z.boolean(),
  }),
});

/** How far a job is. */
export type JobState = z.infer<typeof stateSchema>;

/** A job that begins. */
export const FIRST_STATE: JobState = {
  rows: 0,
  lastKey: null,
  embedded: 0,
  failed: 0,
  errorsBytes: 0,
  towers: null,
  dimensions: null,
  position: FIRST_POSITION,
};

function statePath(folder: string): string {
  return join(unfinishedFolder(folder), "state.json");
}

/** How far a job is that began before. @throws {ClipError} "invalid" if what says so is broken. */
export async function readState(folder: string): Promise<JobState> {
  const path = statePath(folder);
  let text: string;
  try {
    text = await Deno.readTextFile(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return FIRST_STATE;
    throw ClipError.wrap(error);
  }
  const read = stateSchema.safeParse(parseJson(text));
  if (read.success) return read.data;
  throw new ClipError("invalid", `"${path}" is broken: --overwrite begins the job anew`);
}

/** Notes how far a job is, in one step. @throws {ClipError} "backend" */
export function writeState(folder: string, state: JobState): Promise<void> {
  return writeWholeText(statePath(folder), JSON.stringify(state));
}
