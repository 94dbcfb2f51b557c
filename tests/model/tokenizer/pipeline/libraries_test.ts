/**
 * That ids are those of the real libraries, installed from PyPI, on 10,000 lines, for the families'
 * files and for vocabularies of other seeds and sizes that the libraries train here.
 */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { output } from "../../../../bench/peers/environment.ts";
import { FAMILIES } from "../../../support/families.ts";
import { pythonEnvironment } from "../../../support/python_environment.ts";
import { testEnvironment } from "../../../support/test_environment.ts";
import { differences, type LibraryCase } from "./library_cases.ts";

const PACKAGES = new URL("requirements.txt", import.meta.url);
const SCRIPT = fileURLToPath(new URL("library_ids.py", import.meta.url));
const LINES = 10_000;
const SEED = 20_261;

/** A text that is another when the libraries could answer otherwise. */
async function allTheyDependOn(): Promise<string> {
  const digest = createHash("sha256").update(await Deno.readFile(PACKAGES));
  digest.update(await Deno.readFile(SCRIPT));
  for (const name of (await readdir(FAMILIES, { recursive: true })).sort()) {
    if (!/\.(json|model|txt)$/.test(name)) continue;
    digest.update(`\n${name}\n`).update(await readFile(join(FAMILIES, name)));
  }
  return `${LINES} lines of ${SEED}: ${digest.digest("hex")}`;
}

Deno.test("ids of 10,000 lines are those of tokenizers, sentencepiece and transformers", async (t) => {
  const folder = await testEnvironment("library-ids", await allTheyDependOn(), async (folder) => {
    const python = await pythonEnvironment(PACKAGES);
    const sizes = ["--lines", `${LINES}`, "--seed", `${SEED}`, "--train"];
    const trained = join(folder, "trained");
    await Deno.mkdir(trained);
    await output(python, [SCRIPT, FAMILIES, trained, ...sizes]);
  });
  const read = async (name: string) =>
    JSON.parse(await Deno.readTextFile(join(folder, "trained", name)));
  const lines: string[] = await read("lines.json");
  const cases: LibraryCase[] = await read("cases.json");
  assert.equal(lines.length, LINES);
  for (const each of cases) {
    each.file = resolve(FAMILIES, each.file);
    await t.step(`${each.name} (${each.format}, ${each.clean})`, () => {
      const { ids, offsets, wider, decoded } = differences(each, lines);
      assert.deepEqual(ids, []);
      assert.deepEqual(decoded, []);
      if (!each.offsets || each.name.endsWith("bpe-some-bytes.json")) return;
      // Where one is made of several, the library tells one of them, or none of them.
      const mapped = /"Precompiled"|"Regex"/.test(Deno.readTextFileSync(each.file));
      assert.ok(offsets.length <= (mapped ? 0.03 * LINES : 0), offsets[0] ?? "");
      assert.ok(wider.length <= (mapped ? 0.35 * LINES : 0), wider[0] ?? "");
    });
  }
});
