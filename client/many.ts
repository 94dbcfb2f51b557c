/** Whether what was given is many items, and how many. */
import type { Contents } from "./document.ts";
import { ClipClientError } from "./errors.ts";

/** How many items there are, where the input says so. */
export function totalOf(contents: Contents): number | undefined {
  const { length, size } = Object(contents) as { length?: unknown; size?: unknown };
  const total = length ?? size;
  return typeof total === "number" ? total : undefined;
}

/** @throws {ClipClientError} usage: it is one item, and no list of them. */
export function requireMany(contents: unknown): void {
  const iterable = typeof contents === "object" && contents !== null &&
    (Symbol.iterator in contents || Symbol.asyncIterator in contents || "getReader" in contents);
  if (iterable && !(contents instanceof Uint8Array)) return;
  const shown = typeof contents === "string" ? JSON.stringify(contents.slice(0, 50)) : "item";
  throw new ClipClientError(
    "usage",
    `Contents are a list, an iterable or a stream of items: give [${shown}] instead of one`,
  );
}
