/**
 * Conversions done once: keyed by what the graph is made of, shared by all replicas and processes.
 */
import { dirname, join } from "node:path";
import { ClipError } from "../errors.ts";
import { withFileLock } from "../file_lock.ts";
import { fileTrouble } from "../file_trouble.ts";
import type { ClipStateDict } from "../checkpoint/state_dict.ts";
import { convertCheckpoint, type GraphOptions, workPrefix } from "./convert.ts";
import { BUILDER_VERSION, type ModelManifest, readManifest } from "./manifest.ts";
import { fileHash, hashText } from "./weights_hash.ts";

/** The folder of the conversions, within the cache. */
export const GRAPHS_FOLDER = "graphs";

/** A checkpoint on disk, not opened yet. */
export interface ConversionSource {
  /** What the log and the manifest call it. */
  readonly label: string;
  /** Every file that the model is read from: weights, index, configs. Their hashes are the key. */
  readonly files: readonly string[];
  /** Whatever else decides the model, such as what the catalog says of its activation. */
  readonly variant?: string;
  /** Opens the checkpoint; called only if there is something to convert. */
  open(): ClipStateDict | Promise<ClipStateDict>;
}

/** What a conversion is doing, for the progress bar. */
export type ConversionPhase = "hashing" | "waiting" | "converting";

/** Options of `convertCached`. */
export interface CachedConversionOptions extends GraphOptions {
  /** Directory of the cache, e.g. `$XDG_CACHE_HOME/clipline`. */
  readonly cacheRoot: string;
  /** Hashes the weights again, even where their hash is remembered. */
  readonly verify?: boolean;
  /** Called as it goes on. Phase `waiting` (another process converts) has no figures: 0 of 0. */
  readonly onProgress?: (phase: ConversionPhase, doneBytes: number, totalBytes: number) => void;
  /** Ends the waiting for another process. */
  readonly signal?: AbortSignal;
}

/** A model that is ready to be loaded. */
export interface ConvertedModel {
  readonly directory: string;
  readonly manifest: ModelManifest;
  /** Whether it was made by this call. */
  readonly fresh: boolean;
}

/**
 * The converted model of `source` if the cache holds it; nothing is opened or converted.
 *
 * @throws {ClipError} "model" if a file of the source cannot be read.
 */
export async function findConverted(
  source: ConversionSource,
  options: CachedConversionOptions,
): Promise<ConvertedModel | undefined> {
  const directory = conversionDirectory(await hashFiles(source, options), source, options);
  const manifest = await intact(directory);
  return manifest === undefined ? undefined : { directory, manifest, fresh: false };
}

/**
 * The converted model of `source`: from the cache, or converted into it. Where two processes ask at
 * once, one converts and the other waits; what a killed conversion left behind is swept away by the
 * next one.
 *
 * @throws {ClipError} as `convertCheckpoint` and `source.open`.
 */
export async function convertCached(
  source: ConversionSource,
  options: CachedConversionOptions,
): Promise<ConvertedModel> {
  const { onProgress } = options;
  const hashes = await hashFiles(source, options);
  const directory = conversionDirectory(hashes, source, options);
  const ready = await intact(directory);
  if (ready !== undefined) return { directory, manifest: ready, fresh: false };

  return await withFileLock(`${directory}.lock`, async (alone) => {
    const made = await intact(directory);
    if (made !== undefined) return { directory, manifest: made, fresh: false };
    if (alone) await sweep(directory);
    const state = await source.open();
    try {
      await convertCheckpoint(state, directory, {
        dtype: options.dtype,
        target: options.target,
        pixels: options.pixels,
        source: { label: source.label, sha256: joined(hashes) },
        onProgress: (done, total) => onProgress?.("converting", done, total),
      });
    } finally {
      state.close();
    }
    return { directory, manifest: await readManifest(directory), fresh: true };
  }, {
    onWait: () => onProgress?.("waiting", 0, 0),
    ...(options.signal === undefined ? {} : { signal: options.signal }),
  });
}

function conversionDirectory(
  hashes: readonly string[],
  source: ConversionSource,
  options: CachedConversionOptions,
): string {
  const key = conversionKey(hashes, source.variant ?? "", options);
  return join(options.cacheRoot, GRAPHS_FOLDER, key);
}

/** Name of a conversion in the cache: the files' hashes, the builder, and its options. */
export function conversionKey(
  hashes: readonly string[],
  variant: string,
  { dtype, target, pixels }: GraphOptions,
): string {
  const parts = [BUILDER_VERSION, dtype, target, pixels, variant, ...hashes];
  return `${hashText(JSON.stringify(parts)).slice(0, 32)}-${dtype}-${target}-${pixels}`;
}

async function hashFiles(
  source: ConversionSource,
  { cacheRoot, verify = false, onProgress }: CachedConversionOptions,
): Promise<string[]> {
  const sizes = await Promise.all(
    source.files.map(async (path) =>
      (await Deno.stat(path).catch((cause) => {
        throw unreadable(path, cause);
      })).size
    ),
  );
  const total = sizes.reduce((sum, size) => sum + size, 0);
  let before = 0;
  const hashes: string[] = [];
  for (const [i, path] of source.files.entries()) {
    const onBytes = (done: number) => onProgress?.("hashing", before + done, total);
    const memory = join(cacheRoot, "hashes");
    hashes.push(
      await fileHash(path, memory, { verify, onProgress: onBytes }).catch((cause) => {
        throw unreadable(path, cause);
      }),
    );
    before += sizes[i]!;
  }
  return hashes;
}

function unreadable(path: string, cause: unknown): ClipError {
  return new ClipError("model", `Cannot read the model's file '${path}': ${fileTrouble(cause)}`, {
    cause,
  });
}

/** One file's hash is the model's; of several, the hash of their hashes. */
function joined(hashes: readonly string[]): string {
  return hashes.length === 1 ? hashes[0]! : hashText(hashes.join("\n"));
}

async function intact(directory: string): Promise<ModelManifest | undefined> {
  return await readManifest(directory).catch(() => undefined);
}

/** Removes what killed conversions of `directory` left. Only who is alone with it may. */
async function sweep(directory: string): Promise<void> {
  const parent = dirname(directory);
  const prefix = workPrefix(directory);
  for await (const entry of Deno.readDir(parent)) {
    if (entry.name.startsWith(prefix)) {
      await Deno.remove(join(parent, entry.name), { recursive: true });
    }
  }
}
