/** What every operation of the store shares, and the steps that they are made of. */
import { withFileLock } from "../../file_lock.ts";
import type { CatalogEntry } from "../catalog/catalog.ts";
import { type Inspect, inspectFile } from "../inspect.ts";
import { type Clock, systemClock } from "./clock.ts";
import { type FileDigests, matchesAny } from "./digest.ts";
import type { DownloadContext } from "./download.ts";
import { isFile, type Place } from "./layout.ts";
import { Pins } from "./pins.ts";
import type { ProgressReporter } from "./progress.ts";
import { recordedDigests, removeProvenance } from "./provenance.ts";
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
  /** Looks into files that nobody published a hash of. */
  inspect?: Inspect;
}

/** The options with their defaults filled in. */
export interface Store extends DownloadContext {
  settings: StoreSettings;
  log: (line: string) => void;
  clock: Clock;
  memory: DigestMemory;
  pins: Pins;
  inspect: Inspect;
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
    pins: new Pins(settings.cache),
    inspect: options.inspect ?? inspectFile,
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
}

/**
 * The first of the places that holds the model's file: the published one, or where nobody published
 * a hash one that can be it and is what it was when it was first seen. A wrong file in Clipline's own
 * cache is set aside as `<file>.wrong`; those of others are left alone.
 */
export async function findFile(
  places: readonly Place[],
  entry: CatalogEntry,
  store: Store,
): Promise<FoundFile | undefined> {
  for (const place of places) {
    if (!await isFile(place.path)) continue;
    const digests = await store.memory.digest(
      place.path,
      store.signal === undefined ? {} : { signal: store.signal },
    ).catch((error: Error) => {
      store.log(`Cannot read "${place.path}": ${error.message}`);
      return undefined;
    });
    if (digests === undefined) continue;
    const fault = await faultOf(place, digests, entry, store);
    if (fault === undefined) return { path: place.path, digests };
    await reject(place, fault, store);
  }
  return undefined;
}

/** What is wrong with a file, or nothing. Pins one that nobody published a hash of. */
async function faultOf(
  place: Place,
  digests: FileDigests,
  entry: CatalogEntry,
  { pins, inspect }: Store,
): Promise<string | undefined> {
  const { path, role } = place;
  const { sha256 } = digests;
  const wanted = place.digests.length > 0 ? place.digests : await recordedDigests(path);
  if (!matchesAny(digests, wanted)) {
    return `it is not the published file (its sha256 is ${sha256})`;
  }
  if (place.published) return undefined;
  const pin = await pins.read(path);
  if (pin !== undefined && pin.sha256 !== sha256) {
    return `it is not the file that was first used there (its sha256 is ${sha256}, was ` +
      `${pin.sha256}; to use it all the same remove "${pins.recordOf(path)}")`;
  }
  if (pin?.model === entry.name) return undefined;
  const fault = inspect(path, role, entry);
  if (fault === undefined) await pins.write({ path, sha256, model: entry.name });
  // What is wrong must not be what a right one is compared with.
  else await Promise.all([pins.remove(path), removeProvenance(path)]);
  return fault;
}

async function reject(place: Place, fault: string, store: Store): Promise<void> {
  const what = `"${place.path}" is not used: ${fault}`;
  const aside = `${place.path}.wrong`;
  const moved = place.owner === "clipline" &&
    await Deno.rename(place.path, aside).then(() => true, () => false);
  store.log(moved ? `${what}; renamed to "${aside}"` : what);
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
