/**
 * Lists that may be long, held against the schema of their items in slices: a schema of the whole
 * list would look at a hundred thousand objects, or list as many faults, at one go.
 */
import { z } from "zod";
import type { Sliced, Slices } from "../../encoding/slices.ts";
import { typed } from "./typed_body.ts";

/** Units of work of an item, about: its schema is gone through. */
const ITEM_UNITS = 2000;

/**
 * A list of which the schema is only described; {@linkcode typedItems} reads it.
 * @param item of each.
 * @param least how many there are at least, by default one.
 */
export function longList(item: z.ZodType, least = 1): z.ZodType<unknown[]> {
  const { $schema: _, ...items } = z.toJSONSchema(item, { io: "input" });
  return z.custom<unknown[]>((value) => Array.isArray(value) && value.length >= least, {
    error: least > 0 ? "it must be a list that is not empty" : "it must be a list",
  }).meta({ type: "array", ...(least > 0 ? { minItems: least } : {}), items });
}

/**
 * The items of such a list as their schema has them.
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
