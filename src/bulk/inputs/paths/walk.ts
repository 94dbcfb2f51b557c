/** All files in a folder and the folders in it, in the order of their paths. */
import { join } from "node:path";
import { fileTrouble } from "../../../file_trouble.ts";
import { compareCodePoints } from "../../../index/code_point_order.ts";
import { isInside } from "../../../service/uri/file_path.ts";
import { MAX_DEPTH } from "../bounds.ts";

/** A file, or what stands where one is expected. */
export interface Found {
  /** Below the root, with `/` between names. */
  path: string;
  /** Why it cannot be read. */
  trouble?: string;
  /** It is a folder that cannot be read. */
  folder?: true;
}

/** What of a folder is walked. */
export interface WalkOptions {
  /** Names down from the root: 1 for the files in it. */
  depth: number;
  /** Hidden names are walked too. */
  hidden: boolean;
}

/**
 * Walks a folder, sorted by the code points of the paths.
 *
 * A symbolic link to a file is a file if what it leads to is inside the root, and else one with a
 * trouble. Links to folders are not followed: what they lead to is found where it is if it is inside,
 * and is a trouble if it is not.
 * @throws what the system says if the root itself cannot be read.
 */
export async function* walk(root: string, options: WalkOptions): AsyncGenerator<Found> {
  const real = await Deno.realPath(root);
  const names = await sortedNames(root, options.hidden);
  yield* walkNames(names, { root, real, prefix: "", depth: 1, options });
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

async function* walkNames(names: string[], place: Place): AsyncGenerator<Found> {
  const { root, real, prefix, depth, options } = place;
  // What has been given is let go: a folder may have a million names.
  names.reverse();
  for (let name = names.pop(); name !== undefined; name = names.pop()) {
    const mark = name.at(-1);
    const path = prefix + (mark === FOLDER || mark === LINK ? name.slice(0, -1) : name);
    if (mark === LINK) {
      const link = await followLink(join(root, path), real);
      if (link === undefined) yield { path };
      else if (link !== INNER_FOLDER) yield { path, ...link };
    } else if (mark !== FOLDER) yield { path };
    else if (depth < options.depth) {
      if (depth === MAX_DEPTH) {
        yield { path, trouble: `it lies more than ${MAX_DEPTH} folders deep`, folder: true };
        continue;
      }
      let inside: string[];
      try {
        inside = await sortedNames(join(root, path), options.hidden);
      } catch (thrown) {
        yield { path, trouble: fileTrouble(thrown), folder: true };
        continue;
      }
      yield* walkNames(inside, { ...place, prefix: `${path}/`, depth: depth + 1 });
    }
  }
}

/** Marks at the end of names: no name has them in it. */
const FOLDER = "/";
const LINK = "\0";

/** Names in a folder; those of folders and links are marked. A path sorts as if all of it were there. */
async function sortedNames(folder: string, hidden: boolean): Promise<string[]> {
  const names: string[] = [];
  let plain = true;
  for await (const { name, isDirectory, isSymlink, isFile } of Deno.readDir(folder)) {
    if (!hidden && name.startsWith(".")) continue;
    if (plain && /[\ud800-\uffff]/.test(name)) plain = false;
    // Pipes, sockets and devices are no files.
    if (isSymlink) names.push(name + LINK);
    else if (isDirectory) names.push(name + FOLDER);
    else if (isFile) names.push(name);
  }
  return names.sort(plain ? undefined : compareCodePoints);
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
