/** What the paths of a command line stand for: folders, files and patterns, and the names of keys. */
import { ClipError } from "../../../errors.ts";
import type { FilePlace } from "../places/place.ts";
import type { Places } from "../places/places.ts";
import { expandBraces } from "./braces.ts";
import { type Glob, isGlob, parseGlob } from "./glob.ts";

/** One of them. */
export type Argument =
  | { kind: "stdin" }
  /** `prefix` is what stands before paths below `root` in keys: empty, or with a slash at its end. */
  | { kind: "folder"; place: FilePlace; given: string; root: string; prefix: string }
  | { kind: "glob"; place: FilePlace; given: string; root: string; prefix: string; glob: Glob }
  /** `path` is `root` and `label`. */
  | { kind: "file"; place: FilePlace; given: string; root: string; path: string; label: string };

/**
 * Looks at every path. Keys start where all of them meet: below the folder for one folder, the name
 * alone for one file, below the deepest folder that holds all for several. Where some lie on the disk
 * and some in buckets, keys of the latter are their whole addresses.
 * @throws {ClipError} "config" for one that is not there, or given twice.
 */
export async function readArguments(
  paths: readonly string[],
  places: Places,
  signal: AbortSignal,
): Promise<Argument[]> {
  const words = await Promise.all(paths.map((path) => literalOrBraces(path, places, signal)));
  const found: Unnamed[] = [];
  for (const word of words.flat()) found.push(await lookAt(word, places, signal));
  const tops = topsOf(found);
  const seen = new Set<string>();
  return found.map((one) => {
    if (one.kind === "stdin") {
      checkNew("-", "-", seen);
      return { kind: "stdin" };
    }
    const { addresses } = one.place;
    const name = one.kind === "file" ? one.path : one.given;
    checkNew(name, addresses.absolute(name), seen);
    const top = tops.get(one.place)!;
    if (one.kind === "file") {
      const { kind, place, given } = one;
      const label = addresses.below(top, addresses.absolute(one.path));
      // People see the path as they gave it, where keys are the end of it.
      const isEnd = one.path === label || one.path.endsWith(`/${label}`);
      const path = isEnd ? one.path : addresses.join(top, label);
      return { kind, place, given, path, label, root: addresses.without(path, label) };
    }
    const below = addresses.below(top, addresses.absolute(one.root));
    const { home: _, ...rest } = one;
    return { ...rest, prefix: below === "" ? "" : `${below}/` };
  });
}

/** `home` is the folder that keys start from if nothing else is given. */
type Unnamed =
  | { kind: "stdin" }
  | { kind: "folder"; place: FilePlace; given: string; root: string; home: string }
  | { kind: "glob"; place: FilePlace; given: string; root: string; glob: Glob; home: string }
  | { kind: "file"; place: FilePlace; given: string; path: string; home: string };

/** Where the keys of each place start. */
function topsOf(found: readonly Unnamed[]): Map<FilePlace, string> {
  const homes = new Map<FilePlace, string[]>();
  for (const one of found) {
    if (one.kind === "stdin") continue;
    const { place, home } = one;
    homes.set(place, [...homes.get(place) ?? [], place.addresses.absolute(home)]);
  }
  return new Map([...homes].map(([place, folders]) => {
    const isMixed = homes.size > 1 && place.distant;
    return [place, isMixed ? "" : place.addresses.meeting(folders)];
  }));
}

function checkNew(name: string, address: string, seen: Set<string>): void {
  if (seen.has(address)) throw new ClipError("config", `'${name}' is given twice`);
  seen.add(address);
}

/** What is there under the very name that was given is meant, whatever is in the name. */
async function literalOrBraces(
  path: string,
  places: Places,
  signal: AbortSignal,
): Promise<string[]> {
  if (!path.includes("{") || await places.of(path).isThere(path, signal)) return [path];
  return expandBraces(path);
}

async function lookAt(path: string, places: Places, signal: AbortSignal): Promise<Unnamed> {
  if (path === "-") return { kind: "stdin" };
  if (path === "") throw new ClipError("config", "A path is empty");
  const place = places.of(path);
  const { addresses } = place;
  if (isGlob(path) && !await place.isThere(path, signal)) {
    const glob = parseGlob(path);
    const root = glob.base === "" ? "." : glob.base;
    return { kind: "glob", place, given: path, root, glob, home: root };
  }
  if (await place.lookAt(path, signal) === "folder") {
    const root = addresses.folder(path);
    return { kind: "folder", place, given: path, root, home: root };
  }
  const plain = addresses.plain(path);
  return { kind: "file", place, given: path, path: plain, home: addresses.folderOf(plain) };
}
