/** That memory does not grow with the input. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { growthOf } from "./growth.ts";
import { inFolder } from "./read_rows.ts";

const ROWS = 1_000_000;
const MIB = 2 ** 20;

async function writeLines(path: string, line: (i: number) => string): Promise<void> {
  using file = await Deno.open(path, { write: true, create: true });
  const encoder = new TextEncoder();
  for (let from = 0; from < ROWS; from += 10_000) {
    const text = Array.from({ length: 10_000 }, (_, i) => line(from + i)).join("");
    const bytes = encoder.encode(text);
    for (let at = 0; at < bytes.length;) at += await file.write(bytes.subarray(at));
  }
}

Deno.test("a million lines, JSON lines and rows of CSV take no more memory than a few", async () => {
  await inFolder({}, async (folder) => {
    const kinds: [string, (i: number) => string][] = [
      ["t.txt", (i) => `a photograph of the number ${i} on a wall\n`],
      ["t.jsonl", (i) => `{"id":${i},"text":"a photograph of ${i}","url":"http://h/${i}.jpg"}\n`],
      ["t.csv", (i) => i === 0 ? "id,text\n" : `${i},"a photograph of ${i}"\n`],
    ];
    for (const [name, line] of kinds) {
      const path = join(folder, name);
      await writeLines(path, line);
      const { rows, bytes } = await growthOf(path);
      assert.equal(rows, name === "t.csv" ? ROWS - 1 : ROWS);
      assert.ok(bytes < 120 * MIB, `${name}: ${bytes / MIB} MiB`);
      await Deno.remove(path);
    }
  });
});
