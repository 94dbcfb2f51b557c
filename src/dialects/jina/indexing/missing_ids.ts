/** What is told of ids that are not in the index. */
import { ClipError } from "../../../errors.ts";
import type { IndexParameters } from "./index_parameters.ts";

/** Most ids that an error names, and of each so much. */
const NAMED = 5;
const MAX_SHOWN = 100;

/**
 * Throws if ids are missing and the request wants to know.
 * @param of how many there were.
 * @param done what became of the others.
 * @throws {ClipError} "not_found" naming some.
 */
export function requireFound(
  missing: readonly string[],
  of: number,
  done: string,
  { raise_errors_on_not_found }: IndexParameters,
): void {
  if (missing.length > 0 && raise_errors_on_not_found) throw notFound(missing, of, done);
}

/** Says which ids are not there. */
export function notFound(missing: readonly string[], of: number, done: string): ClipError {
  const names = missing.slice(0, NAMED).map((id) => `'${id.slice(0, MAX_SHOWN).toWellFormed()}'`);
  if (missing.length > NAMED) names.push(`and ${missing.length - NAMED} more`);
  const rest = missing.length < of ? `; the others were ${done}` : "";
  return new ClipError(
    "not_found",
    `${missing.length} of ${of} documents are not in the index: ${names.join(", ")}${rest}`,
    { name: "KeyError" },
  );
}
