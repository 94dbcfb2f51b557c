/** How this folder says no: one error kind, one shape of sentence, values cut to a readable length. */

import { ClipError } from "../errors.ts";

/** Longest piece of a file's own text that is quoted in a message. */
const MAX_QUOTED_CHARS = 120;
/** Most lines that a list of faults shows. */
const MAX_LISTED = 20;

/**
 * The error for a checkpoint that cannot be read.
 *
 * @param where the file, and the part of it
 * @param problem what is wrong, with the value got and the value wanted
 */
export function refuse(where: string, problem: string, cause?: unknown): ClipError {
  return new ClipError("model", `Cannot read checkpoint '${where}': ${problem}`, { cause });
}

/** A string out of a file, fit to be shown: control characters escaped, long ones cut. */
export function quote(text: string): string {
  const cut = text.length > MAX_QUOTED_CHARS ? `${text.slice(0, MAX_QUOTED_CHARS)}…` : text;
  return `'${JSON.stringify(cut).slice(1, -1)}'`;
}

/** Faults as indented lines, at most 20 of them, then how many more there are. */
export function listFaults(faults: readonly string[]): string {
  const lines = faults.slice(0, MAX_LISTED).map((fault) => `\n  ${fault}`);
  if (faults.length > MAX_LISTED) lines.push(`\n  … and ${faults.length - MAX_LISTED} more`);
  return lines.join("");
}
