/** How many dimensions of a vector a client wants. */
import type { Executor } from "../../service/executors.ts";
import { FieldError } from "./typed_body.ts";

/**
 * Checks it.
 * @returns undefined for all: what is absent, `null` or 0, which some clients always send.
 * @throws {FieldError}
 */
export function readDimensions(
  wanted: number | null | undefined,
  { encoder }: Executor,
  key = "dimensions",
): number | undefined {
  if (wanted === undefined || wanted === null || wanted === 0) return undefined;
  const { embedDim: dimensions } = encoder.shape;
  if (Number.isInteger(wanted) && wanted >= 1 && wanted <= dimensions) return wanted;
  throw new FieldError([key], `${wanted} is not possible, the model gives 1 to ${dimensions}`);
}
