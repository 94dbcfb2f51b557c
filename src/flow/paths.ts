/**
 * Paths in a flow: relative to the flow's own folder, or else to the working directory; what the
 * server makes, to the working directory.
 */
import { isAbsolute, join, resolve } from "node:path";
import { parseObjectAddress } from "../storage/object_address.ts";
import type { PathKind } from "./key.ts";

/** What paths are relative to. */
export interface PathContext {
  /** The folder of the flow file; `undefined` for a flow from standard input. */
  folder: string | undefined;
  cwd: string;
  /** What `~/` stands for, if it is known. */
  home: string | undefined;
  /** Whether the flow is for another machine: what is not there is no fault then. */
  elsewhere?: boolean;
}

/** An absolute path that is there, an address in a bucket, or why not: `what is wrong; what is expected`. */
export type CheckedPath = { ok: true; path: string } | { ok: false; message: string };

/**
 * Finds `text` beside the flow file, else in the working directory (Jina looks in both), and checks
 * that it is of the wanted kind. Symbolic links are followed.
 */
export function checkPath(text: string, kind: PathKind, context: PathContext): CheckedPath {
  const expanded = text.startsWith("~/") && context.home !== undefined
    ? join(context.home, text.slice(2))
    : text;
  const made = kind === "new directory";
  const bases = made ? [context.cwd] : [context.folder, context.cwd];
  const candidates = isAbsolute(expanded)
    ? [expanded]
    : [...new Set(bases.filter((base) => base !== undefined))]
      .map((base) => resolve(base, expanded));
  const shown = JSON.stringify(text);
  for (const path of candidates) {
    let info: Deno.FileInfo;
    try {
      info = Deno.statSync(path);
    } catch (thrown) {
      if (thrown instanceof Deno.errors.NotFound || isNotDirectory(thrown)) continue;
      const reason = thrown instanceof Error ? thrown.message : String(thrown);
      return { ok: false, message: `${shown} cannot be read (${reason}); expected a ${kind}` };
    }
    if ((kind === "directory" || made) && !info.isDirectory) {
      return { ok: false, message: `${shown} is not a directory; expected the path of one` };
    }
    if (kind === "file" && info.isDirectory) {
      return { ok: false, message: `${shown} is a directory; expected the path of a file` };
    }
    return { ok: true, path };
  }
  if (made || context.elsewhere) return { ok: true, path: candidates[0]! };
  const looked = candidates.map((path) => `'${path}'`).join(" or ");
  return { ok: false, message: `there is no ${shown}; expected a ${kind} at ${looked}` };
}

/** An address in a bucket. What is there is not looked at: a flow is read without asking anybody. */
export function checkAddress(text: string): CheckedPath {
  try {
    parseObjectAddress(text);
    return { ok: true, path: text };
  } catch (thrown) {
    return { ok: false, message: thrown instanceof Error ? thrown.message : String(thrown) };
  }
}

/** A file stands where the path has a folder. */
function isNotDirectory(thrown: unknown): boolean {
  return thrown instanceof Deno.errors.NotADirectory ||
    (thrown instanceof Error && "code" in thrown && thrown.code === "ENOTDIR");
}
