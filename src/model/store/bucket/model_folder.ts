/** What lies below a model's address in a bucket. */
import { ClipError } from "../../../errors.ts";
import { IMAGE_PART, isOfWeights, TEXT_PART } from "../../../checkpoint/locate.ts";
import type { ObjectInfo, ObjectStore } from "../../../storage/object_store.ts";
import { INNER_FOLDER } from "../../onnx_directory.ts";

/** A model's files, as they are listed. */
export interface ModelFolder {
  store: ObjectStore;
  /** The address as it was given, without a slash at its end. */
  address: string;
  /** The key of the folder, with a slash at its end; empty for the bucket itself. */
  prefix: string;
  /** The file that was named; undefined if the folder was. */
  file: string | undefined;
  /** By their paths below the folder: those in it, and those in the folders that models have. */
  files: ReadonlyMap<string, ObjectInfo>;
}

/** A folder with more in it holds no model, but models. */
const MOST_FILES = 10_000;

/**
 * Lists what is at an address: an object with what lies beside it, or a prefix.
 * @throws {ClipError} "config" if there is nothing; {StoreError} as the store.
 */
export async function listModelFolder(
  store: ObjectStore,
  address: string,
  key: string,
  signal: AbortSignal | undefined,
): Promise<ModelFolder> {
  const given = address.replace(/\/$/, "");
  if (key !== "" && !key.endsWith("/") && await store.head(key, signal) !== undefined) {
    const prefix = key.slice(0, key.lastIndexOf("/") + 1);
    const files = await listFiles(store, given, prefix, [""], signal);
    return { store, address: given, prefix, file: key.slice(prefix.length), files };
  }
  const prefix = key === "" || key.endsWith("/") ? key : `${key}/`;
  const files = await listFiles(store, given, prefix, [""], signal);
  const inner = [`${INNER_FOLDER}/`];
  if (![...files.keys()].some(isOfWeights)) inner.push(`${TEXT_PART}/`, `${IMAGE_PART}/`);
  for (const [path, info] of await listFiles(store, given, prefix, inner, signal)) {
    files.set(path, info);
  }
  if (files.size > 0) return { store, address: given, prefix, file: undefined, files };
  throw new ClipError("config", `There is no model at '${given}': no such object or prefix`);
}

async function listFiles(
  store: ObjectStore,
  address: string,
  prefix: string,
  folders: readonly string[],
  signal: AbortSignal | undefined,
): Promise<Map<string, ObjectInfo>> {
  const files = new Map<string, ObjectInfo>();
  for (const folder of folders) {
    for await (const info of store.list(prefix + folder, signal, { shallow: true })) {
      const path = info.key.slice(prefix.length);
      if (path !== "" && !path.endsWith("/")) files.set(path, info);
      if (files.size <= MOST_FILES) continue;
      throw new ClipError(
        "config",
        `There are more than ${MOST_FILES} objects beside each other at '${address}': give the ` +
          "prefix of one model",
      );
    }
  }
  return files;
}

/** The names in the folder itself, or in a folder of it. */
export function namesIn({ files }: ModelFolder, folder = ""): string[] {
  const start = folder === "" ? "" : `${folder}/`;
  return [...files.keys()].filter((path) => path.startsWith(start))
    .map((path) => path.slice(start.length)).filter((name) => !name.includes("/"));
}
