/** Where a model's files lie in Clipline's cache and in those of other programs. */
import { basename, extname, join } from "node:path";
import {
  type CatalogEntry,
  type CheckpointSource,
  clipServerSpellings,
  type Digest,
  type FileBeside,
  type FileRole,
  folderOf,
} from "../catalog/catalog.ts";
import type { StoreSettings } from "./settings.ts";

/** A file that may be there. */
export interface Place {
  path: string;
  role: FileRole;
  /** Hashes, any of which makes it the right file; empty where none is known. */
  digests: readonly Digest[];
  /** The hashes are the catalog's own: what agrees with them need not be looked into. */
  published: boolean;
  /** Whose folder it is in: only files in Clipline's own are ever moved. */
  owner: "clipline" | "other";
}

/** Where a checkpoint may be, and as whose. */
export interface CheckpointPlace extends Place {
  /** What is published beside it: absent where it needs nothing. */
  beside: readonly FileBeside[];
  /** Name that it has at its source: in `~/.cache/clip` it has another. */
  file: string;
}

/** The list of the files that weights are split into, by its name. */
export function isIndex(file: string): boolean {
  return file.endsWith(".index.json");
}

function roleOf(file: string): FileRole {
  return isIndex(file) ? "index" : "checkpoint";
}

function besideOf(source: CheckpointSource): readonly FileBeside[] {
  return source.kind === "url" ? [] : source.beside ?? [];
}

/** The file names of a source, best first. */
export function filesOf(source: CheckpointSource): readonly string[] {
  return source.kind === "url" ? [source.file] : source.files;
}

function digestsOf(source: CheckpointSource): readonly Digest[] {
  return source.kind === "url" && source.digest !== undefined ? [source.digest] : [];
}

/** The folder of a model's checkpoints in Clipline's cache. */
export function checkpointFolder(entry: CatalogEntry, settings: StoreSettings): string {
  return join(settings.cache, "checkpoints", folderOf(entry.name));
}

/** The folder of a model's ONNX files in Clipline's cache. */
export function onnxFolder(entry: CatalogEntry, settings: StoreSettings): string {
  return join(settings.cache, "onnx", folderOf(entry.name));
}

/** Every place where a model's checkpoint may lie, best first. */
export async function checkpointPlaces(
  entry: CatalogEntry,
  settings: StoreSettings,
): Promise<CheckpointPlace[]> {
  const own = checkpointFolder(entry, settings);
  const places: CheckpointPlace[] = [];
  for (const source of entry.checkpoints) {
    for (const file of filesOf(source)) {
      const digests = digestsOf(source);
      places.push({
        path: join(own, basename(file)),
        role: roleOf(file),
        digests,
        published: digests.length > 0,
        owner: "clipline",
        beside: besideOf(source),
        file: basename(file),
      });
    }
  }
  for (const { file, digests } of entry.cached) {
    const source = entry.checkpoints.find((each) => filesOf(each).includes(file)) ??
      entry.checkpoints.at(-1);
    const names = source === undefined ? [] : filesOf(source);
    const name = names.find((each) => extname(each) === extname(file)) ?? names[0] ?? file;
    // In its folder, or where somebody sorted it into the folders of the ONNX files.
    for (const folder of ["", ...clipFolders(entry)]) {
      places.push({
        path: join(settings.clipCache, folder, file),
        role: "checkpoint",
        digests,
        published: digests.length > 0,
        owner: "other",
        beside: source === undefined ? [] : besideOf(source),
        file: basename(name),
      });
    }
  }
  for (const source of entry.checkpoints) {
    if (source.kind === "url") continue;
    for (const place of await hubPlaces(source.repository, source.files, roleOf, settings)) {
      places.push({ ...place, beside: besideOf(source), file: basename(place.path) });
    }
  }
  return places;
}

/** The folders that clip-as-service may have used: one for each spelling of the name. */
export function clipFolders(entry: CatalogEntry): string[] {
  const folders = clipServerSpellings(entry).map(folderOf);
  return [...new Set([entry.onnx?.folder ?? folderOf(entry.name), ...folders])];
}

/**
 * The files of a hub repository in the Hugging Face cache: those of the revision that `refs/main`
 * names, then those of any other. Big files are links to blobs named by their sha256.
 */
export async function hubPlaces(
  repository: string,
  files: readonly string[],
  role: (file: string) => FileRole,
  settings: StoreSettings,
): Promise<Place[]> {
  const root = join(settings.hubCache, `models--${repository.replaceAll("/", "--")}`);
  const places: Place[] = [];
  for (const revision of await revisions(root)) {
    for (const file of files) {
      const path = join(root, "snapshots", revision, file);
      if (await isFile(path)) places.push(await foreignPlace(path, role(file)));
    }
  }
  return places;
}

/**
 * A file of another program's. The Hugging Face cache calls big ones by their sha256, which links
 * lead to.
 */
export async function foreignPlace(path: string, role: FileRole): Promise<Place> {
  const hex = basename(await Deno.realPath(path).catch(() => path));
  return {
    path,
    role,
    digests: /^[0-9a-f]{64}$/.test(hex) ? [{ algorithm: "sha256", hex }] : [],
    published: false,
    owner: "other",
  };
}

async function revisions(root: string): Promise<string[]> {
  const main = await Deno.readTextFile(join(root, "refs", "main")).catch(() => "");
  const found: string[] = [];
  try {
    for await (const each of Deno.readDir(join(root, "snapshots"))) found.push(each.name);
  } catch {
    return [];
  }
  found.sort();
  const first = main.trim();
  return found.includes(first) ? [first, ...found.filter((each) => each !== first)] : found;
}

/** Whether there is a file at the path. */
export async function isFile(path: string): Promise<boolean> {
  const info = await Deno.stat(path).catch(() => undefined);
  return info?.isFile === true;
}
