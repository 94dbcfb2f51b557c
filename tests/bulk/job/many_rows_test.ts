/** Memory does not grow with the input. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Program } from "../../support/process.ts";

const CHILD = fileURLToPath(new URL("many_rows_child.ts", import.meta.url));

/** What Deno has alone is 100 MB of it. */
const MOST_BYTES = 450e6;

for (const format of ["npy", "parquet"]) {
  Deno.test(`a job of a million rows keeps to its memory: ${format}`, async () => {
    const parent = await Deno.makeTempDir();
    try {
      const child = new Program([join(parent, "out"), format, "1000000", "32"], {
        words: ["run", "-A", "--no-check", CHILD],
      });
      assert.equal(await child.ended(), 0, child.stderr);
      const { embedded, peak } = JSON.parse(child.stdout) as { embedded: number; peak: number };
      assert.equal(embedded, 1_000_000);
      assert.ok(peak < MOST_BYTES, `${(peak / 1e6).toFixed(0)} MB`);
    } finally {
      await Deno.remove(parent, { recursive: true });
    }
  });
}
