/**
 * The part being written of a job that was ended before its machine went: it is kept beside the parts
 * that are complete, so that the next machine goes on at the very row.
 */
import { join } from "node:path";
import { isThere } from "../../outputs/trouble.ts";
import { UNFINISHED } from "../job_folder.ts";
import type { BucketPrefix } from "./bucket_prefix.ts";

/** The spool's files (outputs/part_writer.ts). */
const FILES = /^(rows|matrix_\d)\.part$/;

/** Whether a path below a job is one of these. */
export function isSpool(path: string): boolean {
  const [folder, name = "", ...deeper] = path.split("/");
  return folder === UNFINISHED && FILES.test(name) && deeper.length === 0;
}

/** The files of a folder's spool, as paths below the folder, which are those in the bucket too. */
export async function spoolPaths(folder: string): Promise<string[]> {
  const place = join(folder, UNFINISHED);
  if (!await isThere(place)) return [];
  const names = await Array.fromAsync(Deno.readDir(place), ({ name }) => name);
  return names.map((name) => `${UNFINISHED}/${name}`).filter(isSpool).sort();
}

/** Removes what lies in the bucket of it, if anything does. */
export async function removeSpool(prefix: BucketPrefix): Promise<void> {
  for await (const { path } of prefix.below(UNFINISHED).list()) {
    const whole = `${UNFINISHED}/${path}`;
    if (isSpool(whole)) await prefix.remove(whole);
  }
}
