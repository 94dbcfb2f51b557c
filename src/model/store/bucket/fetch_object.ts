/** One object into a file: continued where it stopped, checked, and put in place in one step. */
import { createHash } from "node:crypto";
import { dirname } from "node:path";
import { ClipError } from "../../../errors.ts";
import { type ObjectInfo, type ObjectStore, StoreError } from "../../../storage/object_store.ts";
import { freeBytesAt, onDisk, PartFile, requireSpace } from "../part_file.ts";
import { type ProgressReporter, silentProgress } from "../progress.ts";

/** What fetching may use. */
export interface FetchOptions {
  /** What the progress display calls it. */
  name: string;
  progress?: ProgressReporter | undefined;
  signal?: AbortSignal | undefined;
}

/**
 * Fetches an object as it was listed. When this returns, `target` holds all of it; when it throws or
 * the process dies, what came is kept and continued. The caller holds a lock on `target`.
 * @throws {StoreError} as the store, "changed" if it is another meanwhile; {ClipError} "model" if what
 * came is not what the store has, or the disk cannot take it.
 */
export async function fetchObject(
  store: ObjectStore,
  { key, bytes, etag }: ObjectInfo,
  target: string,
  { name, progress = silentProgress, signal }: FetchOptions,
): Promise<void> {
  await onDisk(target, () => Deno.mkdir(dirname(target), { recursive: true }));
  const part = new PartFile(target);
  const url = `${store.name}/${key}#${etag}`;
  const md5 = (await store.head(key, signal))?.md5;
  for (let isAgain = false;; isAgain = true) {
    let at = (await part.resume(url)).size;
    if (at > bytes) {
      await part.discard();
      at = 0;
    }
    await requireSpace(target, bytes - at, freeBytesAt);
    const begunAt = at;
    const transfer = progress.begin(name, at, bytes);
    let done = false;
    try {
      using file = await part.open({ url }, at === 0);
      for await (const piece of store.read(key, { start: at, etag }, signal)) {
        await onDisk(target, () => writeAll(file, piece));
        at += piece.length;
        transfer.update(at, bytes);
      }
      await onDisk(target, () => file.sync());
      done = true;
    } finally {
      transfer.end(done);
    }
    const fault = await faultOf(part.path, bytes, md5, signal);
    if (fault === undefined) return await part.commit();
    await part.discard();
    // A part of an earlier run may be damaged.
    if (begunAt > 0 && !isAgain) continue;
    throw new ClipError(
      "model",
      `What came of '${store.name}/${key}' is not what is there: ${fault}`,
    );
  }
}

async function writeAll(file: Deno.FsFile, bytes: Uint8Array): Promise<void> {
  let rest = bytes;
  while (rest.length > 0) rest = rest.subarray(await file.write(rest));
}

async function faultOf(
  path: string,
  bytes: number,
  md5: string | undefined,
  signal: AbortSignal | undefined,
): Promise<string | undefined> {
  const { size } = await Deno.stat(path);
  if (size !== bytes) return `${size} bytes, not ${bytes}`;
  if (md5 === undefined) return undefined;
  const digest = createHash("md5");
  using file = await Deno.open(path);
  for await (const chunk of file.readable) {
    signal?.throwIfAborted();
    digest.update(chunk);
  }
  const found = digest.digest("hex");
  return found === md5 ? undefined : `its MD5 is ${found}, not ${md5}`;
}

/** Whether the failure is that nobody answers. */
export function isUnreached(thrown: unknown): boolean {
  return thrown instanceof StoreError && thrown.fault === "unreachable";
}
