/** The files that a folder or a pattern stands for, and what each is read as. */
import { ClipError } from "../../../errors.ts";
import { mapAhead } from "../../ahead.ts";
import { endingOf, formatByContent, formatByEnding, headOf, isImage } from "../files/format.ts";
import type { InputFormat } from "../options.ts";
import type { FilePlace, Found, KnownFile } from "../places/place.ts";
import type { Argument } from "./arguments.ts";

/** A file. */
export interface ChosenFile {
  /** Below the root. */
  path: string;
  format: InputFormat;
  /** Why it cannot be read. */
  trouble: string | undefined;
  /** What its place knows of it already. */
  known: KnownFile | undefined;
}

/** Files in a message. */
const MOST_NAMED = 3;
/** Files that are looked into at a time, where that is waited for. */
const LOOKS = 64;

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
    : ofFolder(argument, format ?? "images", signal);
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
  { place, root, glob }: Argument & { kind: "glob" },
  format: InputFormat | undefined,
  signal: AbortSignal,
): AsyncGenerator<ChosenFile> {
  const look = async (found: Found): Promise<ChosenFile | undefined> => {
    signal.throwIfAborted();
    const { path, trouble, folder, known } = found;
    if (folder || !glob.matches(path)) return undefined;
    // What cannot be read is named as an image would be.
    if (trouble !== undefined) return { path, trouble, known, format: "images" };
    const told = format ?? formatByEnding(path);
    if (told !== undefined) return { path, trouble, known, format: told };
    const address = place.addresses.join(root, path);
    const file = await place.open(address, known, signal);
    return { path, trouble, known, format: await formatByContent(file, address, signal) };
  };
  const ahead = place.distant ? LOOKS : 1;
  for await (const file of mapAhead(place.walk(root, glob, signal), ahead, look)) {
    if (file !== undefined) yield file;
  }
}

async function* ofFolder(
  { place, root }: Argument & { kind: "folder" },
  format: InputFormat,
  signal: AbortSignal,
): AsyncGenerator<ChosenFile> {
  const others: string[] = [];
  let isEmpty = true;
  const all = place.walk(root, { depth: Infinity, hidden: false, start: "" }, signal);
  const look = async (found: Found) => {
    signal.throwIfAborted();
    return { found, isMeant: await isOf(format, place, root, found, signal) };
  };
  for await (const { found, isMeant } of mapAhead(all, place.distant ? LOOKS : 1, look)) {
    const { path, trouble, known } = found;
    if (isMeant) {
      isEmpty = false;
      // A folder that cannot be read is told as an image is.
      yield { path, trouble, known, format: trouble === undefined ? format : "images" };
    } else if (others.length < MOST_NAMED) others.push(path);
  }
  if (!isEmpty) return;
  const examples = hint(others, (path) => place.addresses.join(root, path));
  throw new ClipError("config", `There are no ${nameOf(format)} in '${root}'${examples}`);
}

async function isOf(
  format: InputFormat,
  place: FilePlace,
  root: string,
  { path, trouble, folder, known }: Found,
  signal: AbortSignal,
): Promise<boolean> {
  if (folder || formatByEnding(path) === format) return true;
  // Caches name files by their digests.
  if (format !== "images" || trouble !== undefined || endingOf(path) !== "") return false;
  try {
    const file = await place.open(place.addresses.join(root, path), known, signal);
    return isImage(await headOf(file, signal));
  } catch {
    signal.throwIfAborted();
    return false;
  }
}

function nameOf(format: InputFormat): string {
  return format === "images" ? "images" : `${format} files`;
}

function hint(others: readonly string[], address: (path: string) => string): string {
  if (others.length === 0) return ", it is empty";
  const known = others.find((path) => formatByEnding(path) !== undefined);
  const text = `; there is ${others.map((path) => `'${path}'`).join(", ")}`;
  if (known === undefined) return text;
  return `${text}: did you mean '${address(`*.${endingOf(known)}`)}'?`;
}
