import assert from "node:assert/strict";
import type { CheckpointSource } from "../../../src/model/catalog/entry.ts";
import { hasWeights, presenceOf } from "../../../src/model/store/presence.ts";
import { fakeEntry, TemporaryStore } from "./fakes.ts";
import { sampleBytes } from "./raw_server.ts";

const BYTES = sampleBytes(10);

const SOURCE: CheckpointSource = {
  kind: "hub",
  repository: "owner/tiny",
  files: ["model.safetensors", "model.safetensors.index.json"],
  beside: [
    { from: [{ file: "tokenizer.json" }, { repository: "a/b", file: "vocab.txt" }], needed: true },
    { from: [{ file: "config.json" }], needed: false },
  ],
};

Deno.test("presenceOf() tells weights that lack something from those that do not", async () => {
  await using store = new TemporaryStore();
  const entry = fakeEntry([SOURCE]);
  const folder = "clipline/checkpoints/Tiny-test";
  const look = async () => {
    const presence = await presenceOf(entry, store.settings);
    const names = (paths: readonly { path: string }[]) =>
      paths.map(({ path }) => path.slice(path.lastIndexOf("/") + 1));
    return {
      whole: names(presence.checkpoints),
      parts: names(presence.parts),
      lacking: presence.lacking.map(({ what }) => what),
      has: hasWeights(presence),
    };
  };
  assert.deepEqual(await look(), { whole: [], parts: [], lacking: [], has: false });
  await store.put(`${folder}/model.safetensors`, BYTES);
  await store.put(`${folder}/config.json`, BYTES);
  assert.deepEqual(await look(), {
    whole: [],
    parts: ["config.json"],
    lacking: ["tokenizer.json"],
    has: false,
  });
  await store.put(`${folder}/vocab.txt`, BYTES);
  assert.deepEqual(await look(), {
    whole: ["model.safetensors"],
    parts: ["vocab.txt", "config.json"],
    lacking: [],
    has: true,
  });
});

Deno.test("presenceOf() looks for every part of weights that are split", async () => {
  await using store = new TemporaryStore();
  const folder = "clipline/checkpoints/Tiny-test";
  const index = { weight_map: { a: "1-of-2.safetensors", b: "2-of-2.safetensors" } };
  const source: CheckpointSource = { ...SOURCE, beside: [] };
  await store.put(
    `${folder}/model.safetensors.index.json`,
    new TextEncoder().encode(JSON.stringify(index)),
  );
  await store.put(`${folder}/1-of-2.safetensors`, BYTES);
  const entry = fakeEntry([source]);
  const half = await presenceOf(entry, store.settings);
  assert.deepEqual(half.lacking.map(({ what }) => what), ["2-of-2.safetensors"]);
  await store.put(`${folder}/2-of-2.safetensors`, BYTES);
  const whole = await presenceOf(entry, store.settings);
  assert.deepEqual(whole.lacking, []);
  assert.deepEqual(whole.parts.map(({ role }) => role), ["shard", "shard"]);
});

Deno.test("a model of two checkpoints is there when both are", async () => {
  await using store = new TemporaryStore();
  const plain: CheckpointSource = { kind: "hub", repository: "owner/t", files: ["a.pt"] };
  const images = fakeEntry([plain], { name: "Images::test" });
  const entry = fakeEntry([plain], { images });
  await store.put("clipline/checkpoints/Tiny-test/a.pt", BYTES);
  assert.equal(hasWeights(await presenceOf(entry, store.settings)), false);
  await store.put("clipline/checkpoints/Images-test/a.pt", BYTES);
  assert.equal(hasWeights(await presenceOf(entry, store.settings)), true);
});
