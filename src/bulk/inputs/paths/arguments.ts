/** What the paths of a command line stand for: folders, files and patterns, and the names of keys. */
import { dirname, join, normalize, relative, resolve } from "node:path";
import { ClipError } from "../../../errors.ts";
import { fileTrouble } from "../../../file_trouble.ts";
import { expandBraces } from "./braces.ts";
import { type Glob, isGlob, parseGlob } from "./glob.ts";

/** One of them. */
export type Argument =
  | { kind: "stdin" }
  /** `prefix` is what stands before paths below `root` in keys: empty, or with a slash at its end. */
  | { kind: "folder"; given: string; root: string; prefix: string }
  | { kind: "glob"; given: string; root: string; prefix: string; glob: Glob }
  /** `path` is `root` and `label`. */
  | { kind: "file"; given: string; root: string; path: string; label: string };

/**
 * Looks at every path. Keys start where all of them meet: below the folder for one folder, the name
 * alone for one file, below the deepest folder that holds all for several.
 * @throws {ClipError} "config" for one that is not there, or given twice.
 */
export async function readArguments(paths: readonly string[]): Promise<Argument[]> {
  const words = await Promise.all(paths.map(literalOrBraces));
  const found: Unnamed[] = [];
  for (const word of words.flat()) found.push(await lookAt(word));
  const places = found.flatMap(({ home }) => home === undefined ? [] : [resolve(home)]);
  const top = meetingPoint(places);
  const seen = new Set<string>();
  return found.map((one) => {
    const name = one.kind === "stdin" ? "-" : one.kind === "file" ? one.path : one.given;
    const place = one.kind === "stdin" ? name : resolve(name);
    if (seen.has(place)) throw new ClipError("config", `'${name}' is given twice`);
    seen.add(place);
    if (one.kind === "stdin") return { kind: "stdin" };
    if (one.kind === "file") {
      const { kind, given } = one;
      const label = slashed(relative(top, resolve(one.path)));
      // People see the path as they gave it, where keys are the end of it.
      const isEnd = one.path === label || one.path.endsWith(`/${label}`);
      const path = isEnd ? one.path : join(top, label);
      return { kind, given, path, label, root: path.slice(0, path.length - label.length) };
    }
    const below = slashed(relative(top, resolve(one.root)));
    const { home: _, ...rest } = one;
    return { ...rest, prefix: below === "" ? "" : `${below}/` };
  });
}

/** `home` is the folder that keys start from if nothing else is given. */
type Unnamed =
  | { kind: "stdin"; home: undefined }
  | { kind: "folder"; given: string; root: string; home: string }
  | { kind: "glob"; given: string; root: string; glob: Glob; home: string }
  | { kind: "file"; given: string; path: string; home: string };

/** What is there under the very name that was given is meant, whatever is in the name. */
async function literalOrBraces(path: string): Promise<string[]> {
  if (!path.includes("{") || await isThere(path)) return [path];
  return expandBraces(path);
}

async function isThere(path: string): Promise<boolean> {
  return await Deno.lstat(path).then(() => true, () => false);
}

async function lookAt(path: string): Promise<Unnamed> {
  if (path === "-") return { kind: "stdin", home: undefined };
  if (path === "") throw new ClipError("config", "A path is empty");
  if (isGlob(path) && !await isThere(path)) {
    const glob = parseGlob(path);
    const root = glob.base === "" ? "." : glob.base;
    return { kind: "glob", given: path, root, glob, home: root };
  }
  let info: Deno.FileInfo;
  try {
    info = await Deno.stat(path);
  } catch (thrown) {
    throw new ClipError("config", `Cannot read '${path}': ${fileTrouble(thrown)}`);
  }
  if (info.isDirectory) return { kind: "folder", given: path, root: path, home: path };
  if (!info.isFile) {
    throw new ClipError("config", `Cannot read '${path}': it is neither a file nor a folder`);
  }
  const plain = normalize(path);
  return { kind: "file", given: path, path: plain, home: dirname(plain) };
}

/** The deepest folder that all lie in. @param folders absolute. */
function meetingPoint(folders: readonly string[]): string {
  let top = folders[0] ?? "/";
  for (const folder of folders) {
    while (top !== dirname(top) && !`${join(folder, "/")}`.startsWith(join(top, "/"))) {
      top = dirname(top);
    }
  }
  return top;
}

function slashed(path: string): string {
  return path.replaceAll("\\", "/");
}
