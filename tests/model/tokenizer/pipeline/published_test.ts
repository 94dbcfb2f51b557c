/** That ids, places and texts are what the real libraries gave for 400 hard lines. */
import assert from "node:assert/strict";
import { gunzipSync } from "node:zlib";
import { familyPath } from "../../../support/families.ts";
import { seededRandom } from "../../../support/seeded_random.ts";
import { differences, idsOf, type LibraryCase, pipelineOf, tokensOf } from "./library_cases.ts";

/** Made by `library_ids.py FAMILIES OUT --lines 400 --seed 3`. */
const REFERENCE = new URL("../../../fixtures/tokenizer/published.json.gz", import.meta.url);
const { lines, cases }: { lines: string[]; cases: LibraryCase[] } = JSON.parse(
  new TextDecoder().decode(gunzipSync(Deno.readFileSync(REFERENCE))),
);
for (const each of cases) each.file = familyPath(each.file);

for (const each of cases) {
  const name = `${each.name} (${each.format}, ${each.clean})`;

  Deno.test(`${name}: ids, places and texts are the library's`, () => {
    const { ids, offsets, decoded } = differences(each, lines);
    assert.deepEqual(ids, []);
    assert.deepEqual(decoded, []);
    const mapped = /"Precompiled"|"Regex"/.test(Deno.readTextFileSync(each.file));
    assert.ok(offsets.length <= (mapped ? 0.03 * lines.length : 0), offsets[0] ?? "");
  });

  Deno.test(`${name}: any text gives ids in range, the same when its words are known`, () => {
    const { below } = seededRandom(11);
    const pipeline = pipelineOf(each);
    for (let round = 0; round < 20; round++) {
      const text = String.fromCharCode(
        ...Array.from({ length: below(60) }, () => below(round % 2 === 0 ? 0x10000 : 0x250)),
      );
      const first = idsOf(pipeline, text);
      assert.ok(first.every((id) => id >= 0 && id < pipeline.vocabSize), JSON.stringify(text));
      assert.deepEqual(idsOf(pipeline, text), first);
      assert.deepEqual(idsOf(pipelineOf({ ...each }), text), first);
    }
  });

  Deno.test(`${name}: keepLast() gives a text of the last tokens, spans are places in the text`, () => {
    const tokens = tokensOf(pipelineOf(each));
    const text = "a photo of a cat and un chien, фото кошки и 一只猫 by the sea. ".repeat(9);
    const whole = tokens.tokenize(text, { addSpecialTokens: false });
    for (let i = 0; i < whole.ids.length; i++) {
      const [start, end] = [whole.starts[i]!, whole.ends[i]!];
      assert.ok(start >= 0 && end >= start && end <= text.length, `${i}: ${start}-${end}`);
    }
    const rest = tokens.keepLast(text);
    const kept = tokens.tokenize(rest, { addSpecialTokens: false }).ids;
    assert.ok(rest.length < text.length);
    assert.deepEqual([...kept], [...whole.ids.subarray(whole.ids.length - kept.length)]);
    assert.ok(tokens.count(rest, 78) <= 77 && kept.length >= 50, `${kept.length}`);
  });
}

Deno.test("count() is the number of ids up to its limit, of long texts as well", () => {
  for (const each of cases) {
    const tokens = tokensOf(pipelineOf(each));
    for (const text of [...lines.slice(0, 120), "a cat and a dog. ".repeat(2000)]) {
      const all = tokens.tokenize(text, { addSpecialTokens: true }).ids.length;
      for (const limit of [3, 10, 78]) {
        assert.equal(tokens.count(text, limit), Math.min(all, limit), JSON.stringify(text));
        const atOnce = tokens.countAtOnce(text, limit);
        assert.ok(atOnce === undefined || atOnce === Math.min(all, limit));
      }
    }
  }
});
