/** What every operation of the store shares, and the steps that they are made of. */
import { withFileLock } from "../../file_lock.ts";
import { type Clock, systemClock } from "./clock.ts";
import { type FileDigests, matchesAny } from "./digest.ts";
import type { DownloadContext } from "./download.ts";
import { isFile, type Place } from "./layout.ts";
import type { ProgressReporter } from "./progress.ts";
import { recordedDigests } from "./provenance.ts";
import { readStoreSettings, type StoreSettings } from "./settings.ts";
import { DigestMemory } from "./verified.ts";

/** Options of every operation of the store. */
export interface StoreOptions {
  /** Default: read from the environment. */
  settings?: StoreSettings;
  /** One line of the log: a file set aside, a wait, a source that did not answer. */
  log?: (line: string) => void;
  progress?: ProgressReporter;
  clock?: Clock;
  signal?: AbortSignal;
  /** `false`: only look into the caches. */
  download?: boolean;
  /** Free bytes on a folder's disk. */
  freeBytes?: (folder: string) => Promise<number>;
}

/** The options with their defaults filled in. */
export interface Store extends DownloadContext {
  settings: StoreSettings;
  log: (line: string) => void;
  clock: Clock;
  memory: DigestMemory;
  mayDownload: boolean;
}

/** @throws {ClipError} `config` when the environment's settings are wrong. */
export function openStore(options: StoreOptions): Store {
  const settings = options.settings ?? readStoreSettings();
  return {
    settings,
    log: options.log ?? (() => {}),
    clock: options.clock ?? systemClock,
    memory: new DigestMemory(settings.cache),
    mayDownload: options.download !== false && !settings.offline,
    ...(options.progress === undefined ? {} : { progress: options.progress }),
    ...(options.signal === undefined ? {} : { signal: options.signal }),
    ...(options.freeBytes === undefined ? {} : { freeBytes: options.freeBytes }),
  };
}

/** A file that is there and right. */
export interface FoundFile {
  path: string;
  digests: FileDigests;
  /** No published hash is known, so only its own past could be compared. */
  unchecked: boolean;
}

/**
 * The first of the places that holds the published file. A wrong file in Clipline's own cache is
 * set aside as `<file>.wrong`; those of others are left alone.
 */
export async function findFile(
  places: readonly Place[],
  store: Store,
): Promise<FoundFile | undefined> {
  for (const place of places) {
    if (!await isFile(place.path)) continue;
    const wanted = place.digests.length > 0 ? place.digests : await recordedDigests(place.path);
    const digests = await store.memory.digest(
      place.path,
      store.signal === undefined ? {} : { signal: store.signal },
    ).catch((error: Error) => {
      store.log(`Cannot read "${place.path}": ${error.message}`);
      return undefined;
    });
    if (digests === undefined) continue;
    if (matchesAny(digests, wanted)) {
      return { path: place.path, digests, unchecked: wanted.length === 0 };
    }
    await reject(place, digests, store);
  }
  return undefined;
}

async function reject(place: Place, digests: FileDigests, store: Store): Promise<void> {
  const what = `"${place.path}" is not the published file (its sha256 is ${digests.sha256})`;
  if (place.owner === "other") {
    store.log(`${what}: not used`);
    return;
  }
  const aside = `${place.path}.wrong`;
  const moved = await Deno.rename(place.path, aside).then(() => true, () => false);
  store.log(moved ? `${what}: renamed to "${aside}"` : `${what}: not used`);
}

/**
 * Runs `work` while no other process works on the same folder.
 *
 * @throws {ClipError} `model` when the cache cannot be written to.
 */
export async function exclusively<Result>(
  folder: string,
  store: Store,
  what: string,
  work: () => Promise<Result>,
): Promise<Result> {
  return await withFileLock(`${folder}.lock`, work, {
    ...(store.signal === undefined ? {} : { signal: store.signal }),
    onWait: (owner) =>
      store.log(
        `Waiting for another process${owner === undefined ? "" : ` (${owner})`} that is ` +
          `getting ${what}`,
      ),
  });
}
