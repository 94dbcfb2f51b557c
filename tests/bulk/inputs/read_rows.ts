/** Reading inputs to their end, as jobs do. */
import { join } from "node:path";
import type { BadRow, Input, InputRow, Row } from "../../../src/bulk/row.ts";
import { openInputs } from "../../../src/bulk/inputs/open_inputs.ts";
import type { InputOptions } from "../../../src/bulk/inputs/options.ts";

/** All rows. */
export async function rowsOf(input: Input, skip = 0): Promise<InputRow[]> {
  return await Array.fromAsync(input.rows(skip, new AbortController().signal));
}

/** All rows of some paths. */
export async function readRows(
  paths: string | string[],
  options: InputOptions = {},
): Promise<InputRow[]> {
  return await rowsOf(await openInputs([paths].flat(), options));
}

/** Its keys. */
export function keysOf(rows: readonly InputRow[]): string[] {
  return rows.map(({ key }) => key);
}

/** The row, which is a good one. */
export function good(row: InputRow | undefined): Row {
  if (row === undefined || "reason" in row) throw new Error(`not a good row: ${row?.reason}`);
  return row;
}

/** The row, which is a bad one. */
export function bad(row: InputRow | undefined): BadRow {
  if (row === undefined || !("reason" in row)) throw new Error(`not a bad row: ${row?.key}`);
  return row;
}

/** Runs with a folder of its own, in which files with these contents are. */
export async function inFolder(
  files: Record<string, string | Uint8Array>,
  run: (folder: string) => Promise<void>,
): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "clipline inputs " });
  try {
    for (const [name, content] of Object.entries(files)) {
      const path = join(folder, name);
      await Deno.mkdir(join(path, ".."), { recursive: true });
      if (typeof content === "string") await Deno.writeTextFile(path, content);
      else await Deno.writeFile(path, content);
    }
    await run(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** What every image file in a test begins with: a JPEG's first bytes. */
export const JPEG = Uint8Array.of(0xff, 0xd8, 0xff, 0xe0, 1, 2, 3);
