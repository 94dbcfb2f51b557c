/** How many elements tensors have, and may have. */
import { ClipError } from "../../../errors.ts";

/** What a tensor of too many elements fails with. */
export function tooManyElements(most: number): ClipError {
  return new ClipError(
    "too_large",
    `The tensor has too many elements: ${most} are allowed ('max_documents')`,
  );
}

/** A shape as messages show it. */
export function shapeText(shape: readonly number[]): string {
  return `[${shape.join(", ")}]`;
}
