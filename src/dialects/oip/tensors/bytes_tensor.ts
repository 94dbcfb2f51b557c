/**
 * A BYTES tensor as raw bytes: each element its length as uint32, little-endian, and its bytes
 * (Open Inference Protocol, binary tensor data extension).
 */
import type { Sliced, Slices } from "../../../encoding/slices.ts";
import { ClipError } from "../../../errors.ts";

const LENGTH_BYTES = 4;
/** Units of work of an element. */
const ELEMENT_UNITS = 100;

/**
 * Splits it.
 * @param count of its elements, which is bounded.
 * @param place of the tensor, for messages.
 * @returns views of `bytes`.
 * @throws {ClipError} invalid: it holds fewer elements, or more.
 */
export function* splitElements(
  bytes: Uint8Array,
  count: number,
  place: string,
  slices: Slices,
): Sliced<Uint8Array[]> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const elements: Uint8Array[] = [];
  let at = 0;
  while (elements.length < count) {
    const left = bytes.length - at - LENGTH_BYTES;
    const length = left < 0 ? 0 : view.getUint32(at, true);
    if (length > left) {
      throw new ClipError(
        "invalid",
        `${place}: element ${elements.length} of ${count} does not fit into the tensor's ` +
          `${bytes.length} bytes: each element is its length as uint32, little-endian, and its bytes`,
      );
    }
    at += LENGTH_BYTES;
    elements.push(bytes.subarray(at, at += length));
    if (slices.spent(ELEMENT_UNITS)) yield;
  }
  if (at < bytes.length) {
    throw new ClipError(
      "invalid",
      `${place}: the tensor has ${
        bytes.length - at
      } bytes more than the ${count} elements of its ` +
        "shape",
    );
  }
  return elements;
}
