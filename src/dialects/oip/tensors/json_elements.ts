/** A tensor's elements in JSON: one list, or lists of lists, row-major. */
import type { Sliced, Slices } from "../../../encoding/slices.ts";
import { ClipError } from "../../../errors.ts";
import { MAX_DIMENSIONS } from "../infer_request.ts";

/** Units of work of an element. */
const ELEMENT_UNITS = 60;

/**
 * Hands on all elements in their order.
 * @param count how many the tensor's shape says.
 * @param place of the tensor, for messages.
 * @param take wants each with its index; may throw.
 * @throws {ClipError} invalid: not a list, too deep, or another number of elements.
 */
export function* eachElement(
  data: unknown,
  count: number,
  place: string,
  slices: Slices,
  take: (element: unknown, index: number) => void,
): Sliced<void> {
  if (!Array.isArray(data)) {
    throw new ClipError("invalid", `${place}: 'data' has to be a list of the tensor's elements`);
  }
  let index = 0;
  /** Lists that are open, and the next of each. */
  const lists: { list: readonly unknown[]; next: number }[] = [{ list: data, next: 0 }];
  for (let open; (open = lists.at(-1)) !== undefined;) {
    if (open.next === open.list.length) {
      lists.pop();
      continue;
    }
    const element = open.list[open.next++];
    if (Array.isArray(element)) {
      if (lists.length === MAX_DIMENSIONS) {
        throw new ClipError("invalid", `${place}: 'data' has more than ${MAX_DIMENSIONS} levels`);
      }
      lists.push({ list: element, next: 0 });
    } else {
      if (index === count) throw misfit(place, `more than the ${count}`);
      take(element, index++);
    }
    if (slices.spent(ELEMENT_UNITS)) yield;
  }
  if (index < count) throw misfit(place, `${index} elements, not the ${count}`);
}

function misfit(place: string, found: string): ClipError {
  return new ClipError("invalid", `${place}: 'data' has ${found} that its shape says`);
}
