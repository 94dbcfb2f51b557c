/** Where the copies of models in buckets lie: a folder for each address, in it one for each version. */
import { createHash } from "node:crypto";
import { join } from "node:path";
import { onDisk } from "../part_file.ts";

/** The folder of all of them in the cache. */
export const BUCKETS_FOLDER = "buckets";
/** Which version is the last that was fetched. */
const CURRENT = "current.json";

/** A file of a version. */
export interface CopiedFile {
  /** Below the model's folder. */
  path: string;
  bytes: number;
  etag: string;
}

/** A version: what was at the address when it was looked at. */
export interface CopiedVersion {
  /** The version's name, by what its files are. */
  version: string;
  address: string;
  endpoint: string;
  kind: string;
  /** The file that the address names; null if it names a folder. */
  file: string | null;
  files: CopiedFile[];
}

/** The folder of an address; what kind of model is read there makes it another. */
export function copiesFolder(
  cache: string,
  { address, endpoint, kind }: Pick<CopiedVersion, "address" | "endpoint" | "kind">,
): string {
  const digest = digestOf([endpoint, address, kind]).slice(0, 12);
  const name = address.replace(/^s3:\/\//i, "").replace(/[^A-Za-z0-9._-]+/g, "_").slice(-80);
  return join(cache, BUCKETS_FOLDER, `${name}-${digest}`);
}

/** The name of a version with these files. */
export function versionOf(files: readonly CopiedFile[]): string {
  return digestOf(files.map(({ path, bytes, etag }) => [path, bytes, etag])).slice(0, 16);
}

/** What `model_path` is for a version: a file, or a folder. */
export function pathOfVersion(folder: string, { version, file }: CopiedVersion): string {
  return file === null ? join(folder, version) : join(folder, version, file);
}

/** The last version that was fetched whole; undefined if there is none. */
export async function readCurrent(folder: string): Promise<CopiedVersion | undefined> {
  try {
    const value = JSON.parse(await Deno.readTextFile(join(folder, CURRENT))) as CopiedVersion;
    const isWhole = typeof value?.version === "string" && Array.isArray(value.files) &&
      await isComplete(join(folder, value.version), value.files);
    return isWhole ? value : undefined;
  } catch {
    return undefined;
  }
}

/** Whether all files are there, of the lengths that they have to have. */
export async function isComplete(
  folder: string,
  files: readonly Pick<CopiedFile, "path" | "bytes">[],
): Promise<boolean> {
  for (const { path, bytes } of files) {
    const info = await Deno.stat(join(folder, path)).catch(() => undefined);
    if (!info?.isFile || info.size !== bytes) return false;
  }
  return true;
}

/** Says which version is the last one, in one step. The caller holds the folder's lock. */
export async function writeCurrent(folder: string, version: CopiedVersion): Promise<void> {
  const path = join(folder, CURRENT);
  const draft = `${path}.new`;
  await onDisk(path, async () => {
    await Deno.writeTextFile(draft, `${JSON.stringify(version, null, 2)}\n`);
    await Deno.rename(draft, path);
  });
}

function digestOf(value: unknown): string {
  return createHash("sha256").update(JSON.stringify(value)).digest("hex");
}
