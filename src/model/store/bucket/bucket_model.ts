/** A model in a bucket: copied into the cache once for each version, and found there. */
import { dirname, join } from "node:path";
import { ClipError } from "../../../errors.ts";
import { withFileLock } from "../../../file_lock.ts";
import { parseObjectAddress } from "../../../storage/object_address.ts";
import { ObjectStores } from "../../../storage/open_store.ts";
import type { ProgressReporter } from "../progress.ts";
import type { StoreSettings } from "../settings.ts";
import {
  type CopiedFile,
  type CopiedVersion,
  copiesFolder,
  isComplete,
  pathOfVersion,
  readCurrent,
  versionOf,
  writeCurrent,
} from "./copies.ts";
import { fetchObject, isUnreached } from "./fetch_object.ts";
import { listModelFolder, type ModelFolder } from "./model_folder.ts";
import { type ModelKind, neededFiles } from "./needed_files.ts";

/** What copying goes by. */
export interface BucketModelOptions {
  settings: StoreSettings;
  /** How buckets are reached; as the environment says by default. */
  openStores?: (() => Promise<ObjectStores>) | undefined;
  /** Looks at what is there, before anything is copied. @throws {ClipError} for what is no use. */
  check?: ((folder: ModelFolder) => void) | undefined;
  /** A line that somebody should see: the bucket is not reached. */
  warn: (line: string) => void;
  progress?: ProgressReporter | undefined;
  signal?: AbortSignal | undefined;
}

/** A copy on the disk. */
export interface CopiedModel {
  /** The file or the folder. */
  path: string;
  /** Whether something of it was fetched just now. */
  fresh: boolean;
}

/**
 * The model at an address, on the disk: a file, or a folder with what of it is needed. What was copied
 * before is used as long as its etags are the bucket's; where the bucket is not reached (or
 * `CLIPLINE_OFFLINE` is set), the last version that was copied, with a warning.
 *
 * @param address `s3://bucket/key` of a checkpoint, or `s3://bucket/prefix`.
 * @throws {ClipError} "config" for an address that leads nowhere or has no such model, "unavailable" if
 * the bucket is not reached and nothing was copied before, "model" if the disk cannot take it.
 */
export async function copyBucketModel(
  address: string,
  kind: ModelKind,
  options: BucketModelOptions,
): Promise<CopiedModel> {
  const { settings, signal, warn } = options;
  const { bucket, key, ...account } = parseObjectAddress(address);
  const openStores = options.openStores ?? (() => ObjectStores.open());
  const stores = await (await openStores()).of(account);
  const { endpoint } = stores;
  const given = address.replace(/\/$/, "");
  const folder = copiesFolder(settings.cache, { address: given, endpoint, kind });
  return await withFileLock(join(folder, ".lock"), async () => {
    const copied = await readCurrent(folder);
    if (settings.offline) {
      if (copied !== undefined) return { path: pathOfVersion(folder, copied), fresh: false };
      throw new ClipError(
        "unavailable",
        `'${given}' is not in the cache, and CLIPLINE_OFFLINE is set`,
      );
    }
    try {
      const found = await listModelFolder(stores.bucket(bucket), address, key, signal);
      options.check?.(found);
      const version = await describe(found, kind, endpoint, signal);
      const fresh = copied?.version !== version.version;
      if (fresh) await copyVersion(found, version, folder, copied, options);
      return { path: pathOfVersion(folder, version), fresh };
    } catch (thrown) {
      if (!isUnreached(thrown) || copied === undefined) throw thrown;
      warn(
        `${(thrown as Error).message}. The copy of '${given}' that was fetched before is used; ` +
          "it may be out of date",
      );
      return { path: pathOfVersion(folder, copied), fresh: false };
    }
  }, {
    ...(signal === undefined ? {} : { signal }),
    onWait: (owner) =>
      warn(
        `Waiting for ${
          owner === undefined ? "another process" : `process ${owner}`
        }, which fetches '${given}'`,
      ),
  });
}

async function describe(
  found: ModelFolder,
  kind: ModelKind,
  endpoint: string,
  signal: AbortSignal | undefined,
): Promise<CopiedVersion> {
  const files = (await neededFiles(found, kind, signal)).map((path) => {
    const { bytes, etag } = found.files.get(path)!;
    return { path, bytes, etag };
  });
  return {
    version: versionOf(files),
    address: found.address,
    endpoint,
    kind,
    file: found.file ?? null,
    files,
  };
}

async function copyVersion(
  found: ModelFolder,
  version: CopiedVersion,
  folder: string,
  before: CopiedVersion | undefined,
  { progress, signal }: BucketModelOptions,
): Promise<void> {
  const into = join(folder, version.version);
  for (const file of version.files) {
    // What was fetched before an interruption, or is an earlier version's that came again.
    if (await isComplete(into, [file])) continue;
    if (before !== undefined && await takeOver(file, before, folder, into)) continue;
    const info = found.files.get(file.path)!;
    const options = { name: file.path, progress, signal };
    await fetchObject(found.store, info, join(into, file.path), options);
  }
  await writeCurrent(folder, version);
}

/** A file that is the same in the version before is that one's. @returns whether it is there now. */
async function takeOver(
  { path, bytes, etag }: CopiedFile,
  before: CopiedVersion,
  folder: string,
  into: string,
): Promise<boolean> {
  const same = before.files.some((file) =>
    file.path === path && file.bytes === bytes && file.etag === etag
  );
  if (!same || etag === "") return false;
  const target = join(into, path);
  try {
    await Deno.mkdir(dirname(target), { recursive: true });
    await Deno.link(join(folder, before.version, path), target);
    return true;
  } catch {
    // Not every file system has links: it is fetched.
    return false;
  }
}
