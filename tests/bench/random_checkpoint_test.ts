import assert from "node:assert/strict";
import { join } from "node:path";
import { writeRandomCheckpoint } from "../../bench/random_checkpoint.ts";
import { OPENAI_TEXT, OPENAI_VIT } from "../../src/checkpoint/openai.ts";
import { describeCheckpoint } from "../../src/checkpoint/describe.ts";
import { openCheckpoint } from "../../src/checkpoint/open.ts";
import type { TensorSizes } from "../../src/checkpoint/naming/shapes.ts";

const TEXT = {
  ...OPENAI_TEXT,
  contextLength: 9,
  positionRows: 9,
  vocabSize: 50,
  width: 64,
  heads: 1,
  layers: 2,
  mlpWidth: 256,
};
const VIT: TensorSizes = {
  embedDim: 16,
  similarity: "softmax",
  vision: {
    ...OPENAI_VIT,
    imageSize: 16,
    patchSize: 4,
    width: 64,
    layers: 2,
    heads: 1,
    mlpWidth: 256,
  },
  text: TEXT,
};
const RESNET: TensorSizes = {
  embedDim: 16,
  similarity: "softmax",
  vision: { kind: "resnet", imageSize: 64, width: 8, layers: [1, 2, 1, 1], heads: 4 },
  text: TEXT,
};

function inFolder(body: (folder: string) => void): void {
  const folder = Deno.makeTempDirSync();
  try {
    body(folder);
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
}

Deno.test("writeRandomCheckpoint() writes what the reader takes for OpenAI's layout", () => {
  for (const sizes of [VIT, RESNET]) {
    inFolder((folder) => {
      const path = join(folder, "tiny.pt");
      writeRandomCheckpoint(path, sizes);
      const facts = describeCheckpoint(path);
      assert.equal(facts.format, "torchscript");
      const { embedDim, similarity, vision, text } = facts.architecture;
      assert.deepEqual({ embedDim, similarity, vision, text }, sizes);
      assert.deepEqual(Object.keys(facts.dtypes).sort(), ["float16", "float32"]);
      assert.equal(facts.provenance["archive folder"], "tiny");
    });
  }
});

Deno.test("writeRandomCheckpoint() gives normal values of the stated scale, by seed", () => {
  inFolder((folder) => {
    const [a, b, c] = ["a/x.pt", "b/x.pt", "c/x.pt"].map((name, i) => {
      Deno.mkdirSync(join(folder, name.slice(0, 1)));
      writeRandomCheckpoint(join(folder, name), VIT, i === 2 ? 8 : 7);
      return Deno.readFileSync(join(folder, name));
    });
    assert.ok(a !== undefined && b !== undefined && c !== undefined);
    assert.deepEqual(a, b);
    assert.notDeepEqual(a, c);
    const state = openCheckpoint(join(folder, "a/x.pt"));
    const values = state.tensors.get("transformer.resblocks.0.attn.in_proj_weight")?.read();
    const other = state.tensors.get("transformer.resblocks.1.attn.in_proj_weight")?.read();
    state.close();
    assert.ok(values !== undefined && other !== undefined);
    assert.notDeepEqual(values, other);
    const mean = values.reduce((sum, x) => sum + x, 0) / values.length;
    const std = Math.sqrt(values.reduce((sum, x) => sum + (x - mean) ** 2, 0) / values.length);
    assert.ok(Math.abs(mean) < 0.005 && Math.abs(std - 0.125) < 0.005, `${mean} ${std}`);
  });
});
