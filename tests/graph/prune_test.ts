import assert from "node:assert/strict";
import { basename, join } from "node:path";
import { withFileLock } from "../../src/file_lock.ts";
import { convertCached } from "../../src/graph/conversion_cache.ts";
import { MANIFEST_NAME } from "../../src/graph/manifest.ts";
import { pruneConversions } from "../../src/graph/prune.ts";
import { randomClip, SMALL_VIT } from "./random_clip.ts";

/** A cache with three conversions: a good one, an old one, a damaged one. */
async function inCache(
  body: (cache: string, made: { good: string; old: string; damaged: string }) => Promise<void>,
): Promise<void> {
  const cache = await Deno.makeTempDir();
  try {
    const convert = async (label: string) => {
      const weights = join(cache, label);
      await Deno.writeTextFile(weights, label);
      const source = { label, files: [weights], open: () => randomClip(SMALL_VIT) };
      const options = { dtype: "fp32", target: "cpu", pixels: "uint8", cacheRoot: cache } as const;
      return (await convertCached(source, options)).directory;
    };
    const made = {
      good: await convert("good"),
      old: await convert("old"),
      damaged: await convert("damaged"),
    };
    const manifest = join(made.old, MANIFEST_NAME);
    const text = await Deno.readTextFile(manifest);
    await Deno.writeTextFile(
      manifest,
      text.replace(/"builderVersion": "\d+"/, '"builderVersion": "0"'),
    );
    await Deno.truncate(join(made.damaged, "visual.onnx.data"), 7);
    await body(cache, made);
  } finally {
    await Deno.remove(cache, { recursive: true });
  }
}

function directories(cache: string): string[] {
  return [...Deno.readDirSync(join(cache, "graphs"))].filter((entry) => entry.isDirectory)
    .map((entry) => entry.name).sort();
}

Deno.test("pruneConversions() removes old, damaged and unfinished ones, and says why", () =>
  inCache(async (cache, { good, old, damaged }) => {
    const unfinished = join(cache, "graphs", `.${basename(good)}.unfinished-killed`);
    await Deno.mkdir(unfinished);
    await Deno.writeTextFile(join(unfinished, "visual.onnx.data"), "half");
    const pruned = await pruneConversions(cache);
    const reasons = new Map(pruned.map(({ directory, reason }) => [directory, reason]));
    assert.equal(reasons.size, 3);
    assert.equal(reasons.get(old), "made by version 0 of the builder");
    assert.match(reasons.get(damaged) ?? "", /damaged/);
    assert.equal(reasons.get(unfinished), "never finished");
    assert.equal(pruned.find(({ directory }) => directory === old)?.label, "old");
    assert.ok(pruned.every(({ removed, bytes }) => removed && bytes > 0));
    assert.deepEqual(directories(cache), [basename(good)]);
    assert.deepEqual(await pruneConversions(cache), []);
  }));

Deno.test("pruneConversions() leaves alone what is being made", () =>
  inCache(async (cache, { good, old, damaged }) => {
    await withFileLock(`${old}.lock`, async () => {
      const pruned = await pruneConversions(cache);
      assert.deepEqual(pruned.map(({ directory }) => directory), [damaged]);
    });
    assert.deepEqual(directories(cache), [basename(good), basename(old)].sort());
  }));

Deno.test("pruneConversions() removes all when asked, and knows an empty cache", () =>
  inCache(async (cache) => {
    assert.equal((await pruneConversions(cache, { all: true })).length, 3);
    assert.deepEqual(directories(cache), []);
    assert.deepEqual(await pruneConversions(join(cache, "nothing")), []);
  }));
