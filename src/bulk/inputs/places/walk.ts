/** All files in a folder and the folders in it, in the order of their paths. */
import { join } from "node:path";
import { fileTrouble } from "../../../file_trouble.ts";
import { isInside } from "../../../service/uri/file_path.ts";
import { MAX_DEPTH } from "../bounds.ts";
import { SortedNames } from "../paths/sorted_names.ts";
import type { Found, WalkOptions } from "./place.ts";

/**
 * Walks a folder, sorted by the code points of the paths.
 *
 * A symbolic link to a file is a file if what it leads to is inside the root, and else one with a
 * trouble. Links to folders are not followed: what they lead to is found where it is if it is inside,
 * and is a trouble if it is not.
 * @throws what the system says if the root itself cannot be read.
 */
export async function* walk(root: string, options: WalkOptions): AsyncGenerator<Found> {
  const place = { root, real: await Deno.realPath(root), prefix: "", depth: 1, options };
  yield* walkFolder(await listFolder(place), place);
}

interface Place {
  root: string;
  /** The root, with all links followed. */
  real: string;
  /** The folder below the root: empty, or with a slash at its end. */
  prefix: string;
  depth: number;
  options: WalkOptions;
}

/** What is in a folder. */
interface Listing {
  /** Folders have a slash at their end: a path sorts as if all of it were there. */
  names: SortedNames;
  /** Links that are no files of the root's. */
  troubles: Map<string, Omit<Found, "path">>;
}

async function* walkFolder(listing: Listing, place: Place): AsyncGenerator<Found> {
  for (const name of listing.names.names()) {
    const path = place.prefix + name;
    if (!name.endsWith("/")) yield { path, ...listing.troubles.get(name) };
    else if (place.depth < place.options.depth) yield* walkInner(path, place);
  }
}

/** @param path with a slash at its end. */
async function* walkInner(path: string, place: Place): AsyncGenerator<Found> {
  const inner = { ...place, prefix: path, depth: place.depth + 1 };
  const bare = path.slice(0, -1);
  if (place.depth === MAX_DEPTH) {
    yield { path: bare, trouble: `it lies more than ${MAX_DEPTH} folders deep`, folder: true };
    return;
  }
  let listing: Listing;
  try {
    listing = await listFolder(inner);
  } catch (thrown) {
    yield { path: bare, trouble: fileTrouble(thrown), folder: true };
    return;
  }
  yield* walkFolder(listing, inner);
}

async function listFolder({ root, real, prefix, options }: Place): Promise<Listing> {
  const folder = join(root, prefix);
  const names = new SortedNames();
  const troubles: Listing["troubles"] = new Map();
  for await (const { name, isDirectory, isSymlink, isFile } of Deno.readDir(folder)) {
    if (!options.hidden && name.startsWith(".")) continue;
    if (isSymlink) {
      const trouble = await followLink(join(folder, name), real);
      if (trouble === INNER_FOLDER) continue;
      if (trouble !== undefined) troubles.set(name, trouble);
      names.add(name);
    } else if (isDirectory) names.add(`${name}/`);
    // Pipes, sockets and devices are no files.
    else if (isFile) names.add(name);
  }
  return { names, troubles };
}

/** A link to a folder whose files are found where they are. */
const INNER_FOLDER = Symbol("a folder inside the root");

/** Undefined if a link leads to a file inside the root. */
async function followLink(
  path: string,
  real: string,
): Promise<Omit<Found, "path"> | typeof INNER_FOLDER | undefined> {
  try {
    const target = await Deno.realPath(path);
    const { isFile, isDirectory } = await Deno.stat(target);
    const inside = isInside(target, real);
    if (isDirectory && inside) return INNER_FOLDER;
    if (!inside) {
      const trouble = "it is a symbolic link that leads out of the folder; give what it leads to";
      return isDirectory ? { trouble, folder: true } : { trouble };
    }
    return isFile ? undefined : { trouble: "it is a symbolic link to what is no file" };
  } catch (thrown) {
    return { trouble: `it is a symbolic link that cannot be followed: ${fileTrouble(thrown)}` };
  }
}
