/** From a path in the flow to the files that hold the weights. */

import { ClipError } from "../errors.ts";
import { fileTrouble } from "../file_trouble.ts";
import { basename, dirname, join } from "node:path";
import { listFaults, quote, refuse } from "./refuse.ts";

/** Names that publishers use, the best first: safetensors before pickles, whole before sharded. */
const KNOWN_NAMES = [
  "open_clip_model.safetensors",
  "open_clip_pytorch_model.bin",
  "model.safetensors",
  "model.safetensors.index.json",
  "open_clip_model.safetensors.index.json",
  "pytorch_model.bin",
  "pytorch_model.bin.index.json",
  "open_clip_pytorch_model.bin.index.json",
] as const;

const WEIGHTS = /\.(pt|pth|bin|ckpt|safetensors)(\.gz)?$/i;
/** What training leaves beside the weights. */
const NOT_WEIGHTS =
  /^(optimizer|scheduler|training_args|rng_state.*|scaler|random_states.*)\.(pt|pth|bin)$/;
const INDEX = /\.index\.json(\.gz)?$/;

/** Folders of a model of two checkpoints. */
export const TEXT_PART = "text";
export const IMAGE_PART = "image";

/**
 * A checkpoint file, an index file, or a directory that holds one; or a model of two: a text tower,
 * and the model whose images it belongs to.
 */
export type CheckpointPath = string | PairedPaths;

/** Where the two checkpoints of a model are. */
export interface PairedPaths {
  readonly text: string;
  readonly image: string;
}

/** Where a checkpoint is. */
export interface CheckpointLocation {
  /** The file with the weights, or the index file of a sharded set. */
  readonly file: string;
  readonly sharded: boolean;
  /** Where configs are looked for. */
  readonly folder: string;
}

/**
 * Finds the weights of a model: in one place, or in two where a directory has folders `text` and
 * `image` and no weights of its own.
 *
 * @throws {ClipError} (`config`) as `locateCheckpoint`
 */
export function locateModel(path: CheckpointPath): CheckpointLocation | PairedPaths {
  if (typeof path !== "string") return path;
  const pair = { text: join(path, TEXT_PART), image: join(path, IMAGE_PART) };
  const paired = statOf(path).isDirectory && !holdsWeights(path) && isFolder(pair.text) &&
    isFolder(pair.image);
  return paired ? pair : locateCheckpoint(path);
}

/**
 * Finds the weights of a checkpoint.
 *
 * @param path a checkpoint file, an index file, or a directory that holds one
 * @throws {ClipError} (`config`) if there is nothing or more than one candidate
 */
export function locateCheckpoint(path: string): CheckpointLocation {
  const stat = statOf(path);
  if (!stat.isDirectory) return located(path);
  return located(join(path, weightsAmong(filesIn(path), path)));
}

/**
 * Which of the files of a directory holds the weights, or lists the files that do.
 *
 * @param path the directory, for the message
 * @throws {ClipError} (`config`) if there is nothing or more than one candidate
 */
export function weightsAmong(names: readonly string[], path: string): string {
  for (const known of KNOWN_NAMES) {
    const name = [known, `${known}.gz`].find((candidate) => names.includes(candidate));
    if (name !== undefined) return name;
  }
  const candidates = names.filter((name) => WEIGHTS.test(name) && !NOT_WEIGHTS.test(name)).sort();
  if (candidates.length === 1) return candidates[0]!;
  throw new ClipError(
    "config",
    candidates.length === 0
      ? `There is no checkpoint in the directory '${path}': wanted one file ending in .pt, .pth, ` +
        ".bin, .ckpt or .safetensors (or such with .gz)"
      : `The directory '${path}' holds more than one checkpoint, so name one of them as the path:${
        listFaults(candidates)
      }`,
  );
}

function holdsWeights(directory: string): boolean {
  return filesIn(directory).some(isOfWeights);
}

/** Whether a name is that of a checkpoint, or of the list of the files that it is split into. */
export function isOfWeights(name: string): boolean {
  return WEIGHTS.test(name) || isShardIndex(name);
}

/** Whether a name is that of a list of the files that a checkpoint is split into. */
export function isShardIndex(name: string): boolean {
  return INDEX.test(name);
}

function isFolder(path: string): boolean {
  try {
    return Deno.statSync(path).isDirectory;
  } catch {
    return false;
  }
}

function located(file: string): CheckpointLocation {
  return { file, sharded: INDEX.test(file), folder: dirname(file) };
}

function statOf(path: string): Deno.FileInfo {
  try {
    return Deno.statSync(path);
  } catch (error) {
    const missing = error instanceof Deno.errors.NotFound;
    const reason = missing ? "there is no such file" : fileTrouble(error);
    throw new ClipError("config", `Cannot open checkpoint '${path}': ${reason}`, { cause: error });
  }
}

function filesIn(directory: string): string[] {
  try {
    return [...Deno.readDirSync(directory)].filter((entry) => !entry.isDirectory)
      .map((entry) => entry.name);
  } catch (cause) {
    const reason = fileTrouble(cause);
    throw new ClipError("config", `Cannot read the directory '${directory}': ${reason}`, { cause });
  }
}

/** Path of a shard that an index names: a plain file name in the index's own folder. */
export function shardPath(indexFile: string, name: string): string {
  if (name === "" || name !== basename(name) || /[\\/\0]/.test(name) || /^\.\.?$/.test(name)) {
    throw refuse(
      indexFile,
      `it names the shard ${quote(name)}: wanted a file name in the same folder`,
    );
  }
  return join(dirname(indexFile), name);
}
