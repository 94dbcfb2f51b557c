/**
 * That ids are those of the real libraries, installed from PyPI, on 10,000 lines, for the families'
 * files and for vocabularies of other seeds and sizes that the libraries train here.
 */
import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { output } from "../../../../bench/peers/environment.ts";
import { FAMILIES } from "../../../support/families.ts";
import { pythonEnvironment } from "../../../support/python_environment.ts";
import { differences, type LibraryCase } from "./library_cases.ts";

const SCRIPT = fileURLToPath(new URL("library_ids.py", import.meta.url));
const LINES = 10_000;
const SEED = 20_261;

Deno.test("ids of 10,000 lines are those of tokenizers, sentencepiece and transformers", async (t) => {
  const python = await pythonEnvironment(new URL("requirements.txt", import.meta.url));
  const folder = await Deno.makeTempDir();
  try {
    const sizes = ["--lines", `${LINES}`, "--seed", `${SEED}`, "--train"];
    await output(python, [SCRIPT, FAMILIES, folder, ...sizes]);
    const lines: string[] = JSON.parse(await Deno.readTextFile(`${folder}/lines.json`));
    const cases: LibraryCase[] = JSON.parse(await Deno.readTextFile(`${folder}/cases.json`));
    assert.equal(lines.length, LINES);
    for (const each of cases) {
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
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
