/** Where an export writes, as the command line says it. */
import type { Given } from "../words/given.ts";

/** In place of a file or folder. */
export const STANDARD_OUTPUT = "-";

/** @throws {ClipError} "config" if it says nothing, as a variable of a shell that is not set. */
export function checkPlace(given: Given, place: string): void {
  if (place.trim() === "") throw given.fault("The place to write is empty: expected a path");
}
