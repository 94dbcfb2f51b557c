/** The sha256 of weights, remembered, so that a second start does not read gigabytes to get it. */
import { createHash } from "node:crypto";
import { join, resolve } from "node:path";
import { z } from "zod";
import { fileSha256 } from "../checkpoint/containers/sha256.ts";

const REMEMBERED = z.object({
  path: z.string(),
  size: z.number(),
  modifiedMs: z.number(),
  inode: z.number().nullable(),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
});

/**
 * A file modified less than this before it was hashed is hashed again the next time: a later write
 * could have left the same time stamp.
 */
const TIMESTAMP_GRAIN_MS = 2000;

/** How a file is hashed. */
export interface HashOptions {
  /** Hashes again even where the answer is remembered. */
  readonly verify?: boolean;
  /** Called with the bytes hashed so far; not called where the answer is remembered. */
  readonly onProgress?: (doneBytes: number) => void;
}

/**
 * The sha256 of the file `path`, in hex. It is remembered under `memory` (a directory) for as long
 * as the file's path, size, modification time and inode stay what they are.
 *
 * @throws {Deno.errors.NotFound} and the like if the file cannot be read.
 */
export async function fileHash(
  path: string,
  memory: string,
  { verify = false, onProgress }: HashOptions = {},
): Promise<string> {
  const absolute = resolve(path);
  const stat = await Deno.stat(absolute);
  const identity = {
    path: absolute,
    size: stat.size,
    modifiedMs: stat.mtime?.getTime() ?? 0,
    inode: stat.ino,
  };
  const note = join(memory, `${hashText(absolute)}.json`);
  if (!verify) {
    const known = await remembered(note);
    if (
      known !== undefined && known.path === identity.path && known.size === identity.size &&
      known.modifiedMs === identity.modifiedMs && known.inode === identity.inode
    ) return known.sha256;
  }
  const startedMs = Date.now();
  const sha256 = await fileSha256(absolute, onProgress);
  if (startedMs - identity.modifiedMs > TIMESTAMP_GRAIN_MS) {
    await remember(note, { ...identity, sha256 });
  }
  return sha256;
}

/** The sha256 of a text, in hex. */
export function hashText(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

async function remembered(note: string) {
  try {
    return REMEMBERED.parse(JSON.parse(await Deno.readTextFile(note)));
  } catch {
    // Absent or broken: it is only a memory, and is made anew.
    return undefined;
  }
}

async function remember(note: string, content: z.infer<typeof REMEMBERED>): Promise<void> {
  const draft = `${note}.${crypto.randomUUID()}`;
  try {
    await Deno.mkdir(join(note, ".."), { recursive: true });
    await Deno.writeTextFile(draft, JSON.stringify(content));
    await Deno.rename(draft, note);
  } catch {
    // A cache that cannot be written to costs time at the next start: what must be kept says so.
  }
}
