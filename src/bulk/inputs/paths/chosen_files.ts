/** The files that a folder or a pattern stands for, and what each is read as. */
import { join } from "node:path";
import { ClipError } from "../../../errors.ts";
import { readChunks } from "../files/chunks.ts";
import { endingOf, formatByContent, formatByEnding, isImage } from "../files/format.ts";
import type { InputFormat } from "../options.ts";
import type { Argument } from "./arguments.ts";
import { type Found, walk } from "./walk.ts";

/** A file. */
export interface ChosenFile {
  /** Below the root. */
  path: string;
  format: InputFormat;
  /** Why it cannot be read. */
  trouble: string | undefined;
}

/** Files in a message. */
const MOST_NAMED = 3;

/**
 * The files, sorted by their paths. Of a folder they are those of one format, images if nothing else
 * is said; of a pattern, all that it fits.
 * @throws {ClipError} "config" if there are none; what the system says if the folder cannot be read.
 */
export async function* chosenFiles(
  argument: Argument & { kind: "folder" | "glob" },
  format: InputFormat | undefined,
  signal: AbortSignal,
): AsyncGenerator<ChosenFile> {
  const choice = argument.kind === "glob"
    ? ofGlob(argument, format, signal)
    : ofFolder(argument.root, format ?? "images", signal);
  let isEmpty = true;
  for await (const file of choice) {
    isEmpty = false;
    yield file;
  }
  if (isEmpty && argument.kind === "glob") {
    const hint = "folders are given by their name alone, or with /** for the files in them";
    throw new ClipError("config", `No file fits '${argument.given}' (${hint})`);
  }
}

async function* ofGlob(
  { root, glob }: Argument & { kind: "glob" },
  format: InputFormat | undefined,
  signal: AbortSignal,
): AsyncGenerator<ChosenFile> {
  for await (const { path, trouble, folder } of walk(root, glob)) {
    signal.throwIfAborted();
    if (folder || !glob.matches(path)) continue;
    const known = format ?? formatByEnding(path);
    // What cannot be read is named as an image would be.
    if (trouble !== undefined) yield { path, trouble, format: "images" };
    else {
      const found = known ?? await formatByContent(join(root, path), signal);
      yield { path, trouble, format: found };
    }
  }
}

async function* ofFolder(
  root: string,
  format: InputFormat,
  signal: AbortSignal,
): AsyncGenerator<ChosenFile> {
  const others: string[] = [];
  let isEmpty = true;
  for await (const found of walk(root, { depth: Infinity, hidden: false })) {
    signal.throwIfAborted();
    if (await isOf(format, root, found, signal)) {
      isEmpty = false;
      // A folder that cannot be read is told as an image is.
      const told = found.trouble === undefined ? format : "images";
      yield { path: found.path, trouble: found.trouble, format: told };
    } else if (others.length < MOST_NAMED) others.push(found.path);
  }
  if (!isEmpty) return;
  throw new ClipError("config", `There are no ${nameOf(format)} in '${root}'${hint(others, root)}`);
}

async function isOf(
  format: InputFormat,
  root: string,
  { path, trouble, folder }: Found,
  signal: AbortSignal,
): Promise<boolean> {
  if (folder || formatByEnding(path) === format) return true;
  // Caches name files by their digests.
  if (format !== "images" || trouble !== undefined || endingOf(path) !== "") return false;
  return isImage(await head(join(root, path), signal));
}

async function head(path: string, signal: AbortSignal): Promise<Uint8Array> {
  try {
    for await (const chunk of readChunks(path, signal)) return chunk;
  } catch {
    signal.throwIfAborted();
  }
  return new Uint8Array(0);
}

function nameOf(format: InputFormat): string {
  return format === "images" ? "images" : `${format} files`;
}

function hint(others: readonly string[], root: string): string {
  if (others.length === 0) return ", it is empty";
  const known = others.find((path) => formatByEnding(path) !== undefined);
  const text = `; there is ${others.map((path) => `'${path}'`).join(", ")}`;
  if (known === undefined) return text;
  return `${text}: did you mean '${join(root, `*.${endingOf(known)}`)}'?`;
}
