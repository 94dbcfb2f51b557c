import assert from "node:assert/strict";
import type { ClipStateDict } from "../../src/checkpoint/state_dict.ts";
import { buildGraphs } from "../../src/graph/convert.ts";
import { ClipError } from "../../src/errors.ts";
import { randomClip, randomNumbers, SMALL_RESNET, SMALL_VIT } from "./random_clip.ts";
import { difference, FP32, openTowers } from "./tower_session.ts";

const MODELS = [["vision transformer", SMALL_VIT], ["modified ResNet", SMALL_RESNET]] as const;
const START = 118;
const END = 119;

/** Texts of the given numbers of tokens, start and end included, padded with zeros to `length`. */
function textBatch(counts: readonly number[], length: number): Int32Array {
  const next = randomNumbers(7);
  const ids = new Int32Array(counts.length * length);
  counts.forEach((count, row) => {
    for (let i = 0; i < count; i++) ids[row * length + i] = 1 + Math.floor(next() * 100);
    ids[row * length] = START;
    ids[row * length + count - 1] = END;
  });
  return ids;
}

function normalisedPixels(count: number, size: number): Float32Array {
  const next = randomNumbers(8);
  return Float32Array.from({ length: count * 3 * size * size }, () => next() * 4 - 2);
}

Deno.test("buildText() gives the same embeddings for a cut batch as for the full context", async () => {
  await using towers = await openTowers(randomClip(SMALL_VIT));
  const counts = [2, 3, 9, 17, 5];
  const full = await towers.text(textBatch(counts, 77), counts.length);
  for (const length of [17, 18, 40]) {
    const padded = textBatch(counts, 77);
    const cut = new Int32Array(counts.length * length);
    counts.forEach((_, row) => {
      cut.set(padded.subarray(row * 77, row * 77 + length), row * length);
    });
    const { max } = difference(await towers.text(cut, counts.length), full, SMALL_VIT.embedDim);
    assert.ok(max <= 1e-5, `length ${length}: ${max}`);
  }
});

Deno.test("buildText() ignores every id after the first end of text", async () => {
  await using towers = await openTowers(randomClip(SMALL_VIT));
  const [plain, other] = [textBatch([6], 12), textBatch([6], 12)];
  other.set([5, END, 17, START, END], 6);
  assert.deepEqual(await towers.text(other, 1), await towers.text(plain, 1));
  const changedBefore = textBatch([6], 12);
  changedBefore[2] = changedBefore[2]! === 3 ? 4 : 3;
  assert.notDeepEqual(await towers.text(changedBefore, 1), await towers.text(plain, 1));
});

Deno.test("buildText() embeds a text alone as among others", async () => {
  await using towers = await openTowers(randomClip(SMALL_VIT));
  const { embedDim } = SMALL_VIT;
  const counts = [4, 20, 2, 11];
  const batch = textBatch(counts, 20);
  const together = await towers.text(batch, counts.length);
  for (const row of counts.keys()) {
    const alone = await towers.text(batch.slice(row * 20, (row + 1) * 20), 1);
    const { max } = difference(
      alone,
      together.slice(row * embedDim, (row + 1) * embedDim),
      embedDim,
    );
    assert.ok(max <= 1e-5, `row ${row}: ${max}`);
  }
});

for (const [name, architecture] of MODELS) {
  const size = architecture.vision.imageSize;
  const { embedDim } = architecture;

  Deno.test(`a ${name} embeds an image alone as among others`, async () => {
    await using towers = await openTowers(randomClip(architecture));
    const batch = normalisedPixels(3, size);
    const together = await towers.image(batch, 3);
    for (const row of [0, 1, 2]) {
      const image = batch.slice(row * 3 * size * size, (row + 1) * 3 * size * size);
      const alone = await towers.image(image, 1);
      const { max } = difference(
        alone,
        together.slice(row * embedDim, (row + 1) * embedDim),
        embedDim,
      );
      assert.ok(max <= 1e-5, `row ${row}: ${max}`);
    }
  });

  Deno.test(`a ${name} embeds bytes as it embeds their normalised floats`, async () => {
    const state = randomClip(architecture);
    await using floats = await openTowers(state);
    await using bytes = await openTowers(state, { ...FP32, pixels: "uint8" });
    const next = randomNumbers(9);
    const pixels = Uint8Array.from({ length: 2 * 3 * size * size }, () => Math.floor(next() * 256));
    const normalised = Float32Array.from(pixels, (byte, i) => {
      const channel = Math.floor(i / (size * size)) % 3;
      const [mean, std] = [architecture.mean[channel]!, architecture.std[channel]!];
      return (Math.fround(byte / 255) - Math.fround(mean)) / Math.fround(std);
    });
    const { max } = difference(
      await bytes.image(pixels, 2),
      await floats.image(normalised, 2),
      embedDim,
    );
    assert.ok(max <= 1e-6, `max abs difference ${max}`);
  });
}

Deno.test("buildGraphs() names the tensor that is missing or mis-shaped", () => {
  const state = randomClip(SMALL_VIT);
  const without = (name: string): ClipStateDict => {
    const tensors = new Map(state.tensors);
    tensors.delete(name);
    return { ...state, tensors };
  };
  const missing = "visual.transformer.resblocks.1.mlp.c_proj.bias";
  assert.throws(
    () => buildGraphs(without(missing), FP32),
    (error) =>
      error instanceof ClipError && error.kind === "model" && error.message.includes(missing),
  );
  const tensors = new Map(state.tensors);
  tensors.set("text_projection", state.tensors.get("ln_final.weight")!);
  assert.throws(
    () => buildGraphs({ ...state, tensors }, FP32),
    /'text_projection' must have shape \[32,24\], but has \[32\]/,
  );
});

Deno.test("buildGraphs() refuses int8 on a GPU", () => {
  assert.throws(
    () => buildGraphs(randomClip(SMALL_VIT), { dtype: "int8", target: "gpu", pixels: "uint8" }),
    (error) => error instanceof ClipError && error.kind === "config",
  );
});
