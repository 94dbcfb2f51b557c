/**
 * Lists of which anybody may send a long one. A schema looks at all items at one go, and makes a list
 * of all faults: so what is long by rights is gone through in slices, and what is not is refused for
 * its length before it is looked at.
 */
import { z } from "zod";
import type { Sliced, Slices } from "../../encoding/slices.ts";
import { openApiSchema } from "../describing/schema.ts";
import { typed } from "./typed_body.ts";

/** Units of work of an item, about: its schema is gone through. */
const ITEM_UNITS = 2000;

/**
 * A list of which the schema is only described; {@linkcode typedItems} reads it.
 * @param item of each.
 * @param least how many there are at least, by default one.
 */
export function longList(item: z.ZodType, least = 1): z.ZodType<unknown[]> {
  return z.custom<unknown[]>((value) => Array.isArray(value) && value.length >= least, {
    error: least > 0 ? "it must be a list that is not empty" : "it must be a list",
  }).meta({ type: "array", ...(least > 0 ? { minItems: least } : {}), items: openApiSchema(item) });
}

/**
 * A list that never is long, read with the body.
 * @param most how many items there are at most.
 * @param least at least, by default none.
 */
export function shortList<Item extends z.ZodType>(item: Item, most: number, least = 0) {
  return z.custom<z.input<Item>[]>(
    (value) => Array.isArray(value) && value.length >= least && value.length <= most,
    { error: `it must be a list of ${least > 0 ? `${least} to ${most}` : `at most ${most}`}` },
  ).pipe(z.array(item)).meta({
    type: "array",
    ...(least > 0 ? { minItems: least } : {}),
    maxItems: most,
    items: openApiSchema(item),
  });
}

/**
 * The items of a long list as their schema has them.
 * @param path of the list, for errors.
 * @param take is given each; what it returns is how many units of work it did.
 * @throws {FieldError} the first item that is wrong.
 */
export function* typedItems<Item extends z.ZodType>(
  list: readonly unknown[],
  item: Item,
  path: readonly PropertyKey[],
  slices: Slices,
  take: (value: z.output<Item>, index: number) => number,
): Sliced<void> {
  for (const [index, value] of list.entries()) {
    const units = take(typed(value, item, [...path, index]), index);
    if (slices.spent(ITEM_UNITS + units)) yield;
  }
}
