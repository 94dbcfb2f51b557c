/** Files that an export writes, and knows again when it comes to the same place. */
import { basename, dirname, join } from "node:path";
import { ClipError } from "../../errors.ts";

/** A file to be written. */
export interface ExportedFile {
  /** Relative to the place. */
  file: string;
  /** Without the line that says whose it is. */
  text: string;
  /** Whether nobody else may read it. */
  secret: boolean;
  /** Whether it is run as it is. */
  program?: boolean;
}

/** Whose files they are, and what they were made of. */
export interface Origin {
  /** The deployment's name. */
  name: string;
  /** The flow, as messages name it. */
  flow: string;
}

const OURS = /^# Written by clipline export for (\S+) from /;
const PRIVATE_MODE = 0o600;
const SHARED_MODE = 0o644;
const PROGRAM_MODE = 0o755;

/** The first line of each file; of a script the second. */
function originLine({ name, flow }: Origin): string {
  const shown = basename(flow).replace(/[\r\n]/g, " ");
  return `# Written by clipline export for ${name} from ${shown}; the next export replaces it.\n`;
}

/**
 * Writes files below a folder, in place of those of an earlier export.
 * @param elsewhere folders below it in which an earlier export may have left something
 * @returns files of an earlier export that this one does not have: they are removed.
 * @throws {ClipError} "config" if somebody else's file is in the way, or the folder cannot be written.
 */
export function writeFiles(
  folder: string,
  files: readonly ExportedFile[],
  origin: Origin,
  { overwrite, elsewhere }: { overwrite: boolean; elsewhere: readonly string[] },
): string[] {
  checkFolder(folder);
  for (const { file } of files) if (!overwrite) checkOwner(join(folder, file), origin);
  const names = files.map(({ file }) => file);
  return toSystem(folder, () => {
    for (const file of files) writeOne(join(folder, file.file), file, origin);
    const stale = ["", ...elsewhere].flatMap((below) => ownFiles(folder, below, origin))
      .filter((file) => !names.includes(file));
    for (const file of stale) Deno.removeSync(join(folder, file));
    return stale;
  });
}

/** The same for one file. */
export function writeFile(
  path: string,
  file: Omit<ExportedFile, "file">,
  origin: Origin,
  overwrite: boolean,
): void {
  if (!overwrite) checkOwner(path, origin);
  toSystem(path, () => writeOne(path, file, origin));
}

function writeOne(path: string, file: Omit<ExportedFile, "file">, origin: Origin): void {
  Deno.mkdirSync(dirname(path), { recursive: true });
  const mode = file.secret ? PRIVATE_MODE : SHARED_MODE;
  // A file that was there keeps its mode otherwise, and its reader a secret.
  if (ownerOf(path) !== undefined) Deno.removeSync(path);
  const script = /^#!.*\n/.exec(file.text)?.[0] ?? "";
  const text = script + originLine(origin) + file.text.slice(script.length);
  Deno.writeTextFileSync(path, text, { mode: file.program ? PROGRAM_MODE : mode });
}

function checkOwner(path: string, { name }: Origin): void {
  const owner = ownerOf(path);
  if (owner === undefined || owner === name) return;
  throw new ClipError(
    "config",
    owner === ""
      ? `'${path}' is there, and export did not write it: choose another place, or --overwrite`
      : `'${path}' was written for '${owner}', not for '${name}': choose another place, or --overwrite`,
    { name: "UsageError" },
  );
}

/** The name of the deployment whose file it is; empty for somebody else's, undefined for none. */
function ownerOf(path: string): string | undefined {
  try {
    const { isDirectory, isFile } = Deno.statSync(path);
    if (isDirectory) throw inTheWay(path);
    if (!isFile) return "";
    const [first = "", second = ""] = Deno.readTextFileSync(path).split("\n", 2);
    return OURS.exec(first.startsWith("#!") ? second : first)?.[1] ?? "";
  } catch (thrown) {
    if (thrown instanceof ClipError) throw thrown;
    // What is in the way as a whole is told when it is written.
    const none = thrown instanceof Deno.errors.NotFound ||
      thrown instanceof Deno.errors.NotADirectory;
    return none && !isLink(path) ? undefined : "";
  }
}

/** A file in its place, or a link to nowhere. */
function checkFolder(path: string): void {
  try {
    if (Deno.statSync(path).isDirectory) return;
  } catch {
    if (!isLink(path)) return;
  }
  throw new ClipError("config", `'${path}' is there, and is no folder: choose another place`, {
    name: "UsageError",
  });
}

/** Whether it is a link, wherever that leads: what is written there would be somewhere else. */
function isLink(path: string): boolean {
  try {
    return Deno.lstatSync(path).isSymlink;
  } catch {
    return false;
  }
}

function inTheWay(path: string): ClipError {
  return new ClipError("config", `'${path}' is a folder, and a file is to be written there`, {
    name: "UsageError",
  });
}

function ownFiles(folder: string, below: string, { name }: Origin): string[] {
  try {
    return [...Deno.readDirSync(join(folder, below))]
      .filter((entry) => entry.isFile && /\.(yaml|sbatch|sh)$/.test(entry.name))
      .map((entry) => join(below, entry.name))
      .filter((file) => ownerOf(join(folder, file)) === name);
  } catch {
    return [];
  }
}

function toSystem<T>(path: string, work: () => T): T {
  try {
    return work();
  } catch (thrown) {
    if (thrown instanceof ClipError) throw thrown;
    const reason = thrown instanceof Error ? thrown.message : String(thrown);
    throw new ClipError("config", `'${path}' cannot be written: ${reason}`, { cause: thrown });
  }
}
