/** Sharded sets: an index file that says which of several checkpoint files holds which tensor. */

import { isJsonObject } from "../configs/config.ts";
import { openContainer } from "./container.ts";
import { readJsonFile } from "../configs/json_file.ts";
import { shardPath } from "../locate.ts";
import type { RawCheckpoint } from "./raw_checkpoint.ts";
import { quote, refuse } from "../refuse.ts";
import type { StoredTensor } from "./tensor.ts";

/** Open files at a time; the largest CLIP comes in two. */
const MAX_SHARDS = 64;

/** Opens all shards of an index file as one checkpoint. @throws {ClipError} */
export function openShards(indexFile: string): RawCheckpoint & { readonly files: string[] } {
  const byFile = readIndex(indexFile);
  const shards: RawCheckpoint[] = [];
  const close = () => shards.forEach((shard) => shard.close());
  try {
    const tensors = new Map<string, StoredTensor>();
    for (const [file, names] of byFile) {
      const shard = openContainer(shardPath(indexFile, file));
      shards.push(shard);
      for (const name of names) {
        const tensor = shard.tensors.get(name);
        if (tensor === undefined) {
          throw refuse(
            indexFile,
            `it says that ${quote(file)} holds ${quote(name)}, which it does not`,
          );
        }
        tensors.set(name, tensor);
      }
    }
    const first = shards[0] as RawCheckpoint;
    return {
      label: indexFile,
      format: first.format,
      tensors,
      provenance: new Map([...first.provenance, ["shards", String(shards.length)]]),
      files: [...byFile.keys()].map((file) => shardPath(indexFile, file)),
      close,
    };
  } catch (error) {
    close();
    throw error;
  }
}

/** Paths of the files that an index names, which lie beside it. @throws {ClipError} if it is none */
export function shardFiles(indexFile: string): string[] {
  return [...readIndex(indexFile).keys()].map((file) => shardPath(indexFile, file));
}

function readIndex(indexFile: string): Map<string, string[]> {
  const map = readJsonFile(indexFile)?.["weight_map"];
  if (!isJsonObject(map)) throw refuse(indexFile, "its 'weight_map' is missing");
  const byFile = new Map<string, string[]>();
  for (const [name, file] of Object.entries(map)) {
    if (typeof file !== "string") throw refuse(indexFile, `tensor ${quote(name)} has no file name`);
    shardPath(indexFile, file);
    const names = byFile.get(file);
    if (names === undefined) byFile.set(file, [name]);
    else names.push(name);
  }
  if (byFile.size === 0 || byFile.size > MAX_SHARDS) {
    throw refuse(indexFile, `it names ${byFile.size} shards, wanted 1 to ${MAX_SHARDS}`);
  }
  return byFile;
}
