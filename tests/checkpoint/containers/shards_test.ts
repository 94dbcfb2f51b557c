import assert from "node:assert/strict";
import { openCheckpoint } from "../../../src/checkpoint/open.ts";
import { describeCheckpoint } from "../../../src/checkpoint/describe.ts";
import { buildSafetensors, tinyShapes } from "./build_safetensors.ts";
import { withFolder } from "../fixture_files.ts";
import { refused } from "../refused.ts";

const INDEX = "model.safetensors.index.json";

/** The tiny model in two files, every other tensor. */
function twoShards() {
  const entries = [...tinyShapes()];
  const weightMap: Record<string, string> = {};
  const files: Record<string, Uint8Array | string> = {};
  for (const part of [0, 1]) {
    const file = `model-0000${part + 1}-of-00002.safetensors`;
    const mine = entries.filter((_, i) => i % 2 === part);
    files[file] = buildSafetensors(new Map(mine));
    for (const [name] of mine) weightMap[name] = file;
  }
  return { files, weightMap };
}

Deno.test("openCheckpoint() joins a sharded set", () => {
  const { files, weightMap } = twoShards();
  withFolder({ ...files, [INDEX]: JSON.stringify({ weight_map: weightMap }) }, (folder) => {
    const state = openCheckpoint(folder);
    assert.deepEqual([...state.tensors.keys()], [...tinyShapes().keys()]);
    for (const tensor of state.tensors.values()) tensor.read();
    state.close();
    const facts = describeCheckpoint(`${folder}/${INDEX}`);
    assert.equal(facts.files.length, 2);
    assert.equal(facts.provenance["shards"], "2");
  });
});

Deno.test("openCheckpoint() refuses an index that leads out of its folder or lies", () => {
  const { files, weightMap } = twoShards();
  const cases: [unknown, RegExp][] = [
    [{}, /'weight_map' is missing/],
    [{ weight_map: {} }, /names 0 shards/],
    [{ weight_map: { a: 3 } }, /'a' has no file name/],
    [{ weight_map: { a: "../model-00001-of-00002.safetensors" } }, /wanted a file name/],
    [{ weight_map: { a: "/etc/passwd" } }, /wanted a file name/],
    [{ weight_map: { a: "..\\x.safetensors" } }, /wanted a file name/],
    [{ weight_map: { a: ".." } }, /wanted a file name/],
    [{ weight_map: { a: "" } }, /wanted a file name/],
    [{ weight_map: { a: "none.safetensors" } }, /none\.safetensors/],
    [
      { weight_map: { ...weightMap, other: "model-00001-of-00002.safetensors" } },
      /holds 'other', which it does not/,
    ],
    [
      { weight_map: Object.fromEntries(Array.from({ length: 65 }, (_, i) => [i, `${i}.bin`])) },
      /names 65 shards, wanted 1 to 64/,
    ],
  ];
  for (const [index, pattern] of cases) {
    withFolder({ ...files, [INDEX]: JSON.stringify(index) }, (folder) => {
      refused(() => openCheckpoint(folder), pattern);
    });
  }
});
