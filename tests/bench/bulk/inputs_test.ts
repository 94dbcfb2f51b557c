import assert from "node:assert/strict";
import { join } from "node:path";
import { Captions } from "../../../bench/bulk/captions.ts";
import { cuts, writeSlices } from "../../../bench/bulk/inputs.ts";
import { captions } from "../../../bench/inputs.ts";

Deno.test("Captions are the fixture's own first, and most of the later ones are others", () => {
  const made = new Captions();
  const own = captions().map(({ text }) => text.split(/\s+/).join(" "));
  assert.deepEqual(own.map((_, i) => made.text(i)), own);
  const all = Array.from({ length: 20_000 }, (_, i) => made.text(i));
  assert.ok(new Set(all).size > 17_000, `${new Set(all).size} are different`);
  const words = (texts: readonly string[]) =>
    texts.reduce((sum, text) => sum + text.split(" ").length, 0) / texts.length;
  assert.ok(Math.abs(words(all) - words(own)) < 0.5);
});

Deno.test("cuts() divides all there is into parts that are alike", () => {
  assert.deepEqual(cuts(10, 4), [[0, 2], [2, 5], [5, 7], [7, 10]]);
  assert.deepEqual(cuts(2, 4), [[0, 1], [1, 2]]);
});

Deno.test("writeSlices() writes the same inputs at every run, and keeps those that are there", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const slices = await writeSlices(folder, "captions", { count: 5, rounds: 2 });
    const lines = slices.map(({ path }) => Deno.readTextFileSync(path).trimEnd().split("\n"));
    const made = new Captions();
    assert.deepEqual(lines.flat(), Array.from({ length: 5 }, (_, i) => made.text(i)));
    assert.deepEqual(slices.map(({ count }) => count), lines.map(({ length }) => length));

    const [photos] = await writeSlices(folder, "photos", { count: 2, rounds: 1 });
    const names = [...Deno.readDirSync(photos!.path)].map(({ name }) => name).sort();
    assert.deepEqual(names, ["000000.jpg", "000001.jpg"]);
    const bytes = names.map((name) => Deno.readFileSync(join(photos!.path, name)));
    assert.deepEqual([...bytes[0]!.subarray(0, 3)], [0xff, 0xd8, 0xff]);
    assert.notDeepEqual(bytes[0], bytes[1]);

    Deno.writeTextFileSync(slices[0]!.path, "kept\n");
    await writeSlices(folder, "captions", { count: 5, rounds: 2 });
    assert.equal(Deno.readTextFileSync(slices[0]!.path), "kept\n");
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
