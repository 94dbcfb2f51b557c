/** The words of an `encode`, out of what was given for it. */
import { JOB_ENCODE_OPTIONS } from "../../commands/export_job.ts";
import type { Given } from "../../words/given.ts";

/** Options that the job has in its own place. */
const PLACED = new Set(["out", "strict", "accept-errors"]);

/**
 * The options as they were given, in the order of the table.
 * @param changed values that are others on the machines of the job
 */
export function encodeWords(
  inputs: readonly string[],
  given: Given,
  changed: Readonly<Record<string, string>>,
): string[] {
  const words = [...inputs];
  for (const { name, value } of JOB_ENCODE_OPTIONS) {
    if (PLACED.has(name)) continue;
    if (value === undefined) {
      if (given.on(name)) words.push(`--${name}`);
      continue;
    }
    const values = Object.hasOwn(changed, name) ? [changed[name]!] : given.all(name);
    // In one word where it could be taken for an option.
    for (const text of values) {
      words.push(...(text.startsWith("-") ? [`--${name}=${text}`] : [`--${name}`, text]));
    }
  }
  return words;
}

/** What a job ends with where rows failed: to schedulers 3 is a failure, and the rows stay bad. */
export function endWords(given: Given): string[] {
  return [given.on("strict") ? "--strict" : "--accept-errors"];
}
