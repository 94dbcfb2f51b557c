/** Lists of vectors, written in slices. */
import type { JsonBytes } from "../../encoding/json_bytes.ts";
import type { Sliced, Slices } from "../../encoding/slices.ts";

/** Units of work of a row, and of a value in it. */
const ROW_UNITS = 200;
const VALUE_UNITS = 20;

/**
 * Writes a list.
 * @param dimensions of each row, for what it costs.
 * @param write writes the row of an index.
 */
export function* writeRows(
  json: JsonBytes,
  { count, dimensions }: { count: number; dimensions: number },
  write: (index: number) => void,
  slices: Slices,
): Sliced<void> {
  json.raw("[");
  for (let i = 0; i < count; i++) {
    if (i > 0) json.raw(",");
    write(i);
    if (slices.spent(ROW_UNITS + VALUE_UNITS * dimensions)) yield;
  }
  json.raw("]");
}

/** Bytes that rows take, about: a little more than most do. */
export function rowsCapacity(count: number, dimensions: number): number {
  return count * (64 + 13 * dimensions);
}
