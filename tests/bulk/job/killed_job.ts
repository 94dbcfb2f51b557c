/** The rows of the jobs that are killed, and the check that each is there once. */
import assert from "node:assert/strict";
import { join } from "node:path";
import type { InputRow } from "../../../src/bulk/row.ts";
import { numbersOf } from "./numbers_embedder.ts";
import { readJsonLines, type ReadRow } from "./read_output.ts";
import { textRow } from "./rows_input.ts";

/** Every tenth row is bad: half of these when it is read, half when it is embedded. */
export function badOrTextRow(index: number): InputRow {
  const key = `t.txt:${index}`;
  if (index % 20 === 3) return { key, place: key, reason: "it cannot be read" };
  return textRow(`${index % 20 === 13 ? "bad" : "text"} ${index}`, key, { n: index });
}

/** Every row is there once, in its order, with its own embedding; or in the errors, once. */
export async function assertEveryRowOnce(
  folder: string,
  count: number,
  rows: readonly ReadRow[],
): Promise<void> {
  const good: string[] = [];
  const bad: string[] = [];
  for (let i = 0; i < count; i++) (i % 10 === 3 ? bad : good).push(`t.txt:${i}`);
  assert.deepEqual(rows.map(({ id }) => id), good);
  for (const { id, vector } of rows) {
    assert.deepEqual(vector, [...numbersOf(`text ${id.slice("t.txt:".length)}`)], id);
  }
  const errors = await readJsonLines(join(folder, "errors.jsonl"));
  assert.deepEqual(errors.map(({ key }) => key), bad);
}
