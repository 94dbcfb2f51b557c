import assert from "node:assert/strict";
import { openCheckpoint } from "../../src/checkpoint/open.ts";
import { checkpointPath, readReference } from "./reference.ts";
import { difference, openTowers } from "./tower_session.ts";

/** One checkpoint of each model and naming scheme: ViT and ResNet, QuickGELU and GELU. */
const CHECKPOINTS = [
  ["vit-a", "vit-a/openai_jit.pt.gz"],
  ["vit-b", "vit-b/hf"],
  ["vit-c", "vit-c/hf"],
  ["vit-c", "vit-c/open_clip_custom_text"],
  ["rn-a", "rn-a/openai_jit.pt.gz"],
] as const;

for (const [model, path] of CHECKPOINTS) {
  Deno.test(`convertCheckpoint() gives the reference embeddings of ${path}`, async () => {
    const state = openCheckpoint(checkpointPath(path));
    try {
      const { embedDim } = state.architecture;
      const reference = readReference(model);
      await using towers = await openTowers(state);
      const texts = await towers.text(reference.ids, reference.textCount);
      const images = await towers.image(reference.pixels, reference.imageCount);
      const text = difference(texts, reference.textEmbeds, embedDim);
      const image = difference(images, reference.imageEmbeds, embedDim);
      for (const { max, cosine } of [text, image]) {
        assert.ok(max <= 1e-5, `max abs difference ${max}`);
        assert.ok(cosine <= 1e-10, `cosine distance ${cosine}`);
      }
    } finally {
      state.close();
    }
  });

  // Measured: 5e-7 (fp16, CPU), 8e-7 (fp16, GPU graph), 9e-4 (int8).
  for (
    const [dtype, target, limit] of [
      ["fp16", "cpu", 2e-6],
      ["fp16", "gpu", 4e-6],
      ["int8", "cpu", 3e-3],
    ] as const
  ) {
    Deno.test(`convertCheckpoint() to ${dtype} for ${target} stays near ${path}`, async () => {
      const state = openCheckpoint(checkpointPath(path));
      try {
        const { embedDim } = state.architecture;
        const reference = readReference(model);
        await using towers = await openTowers(state, { dtype, target, pixels: "float32" });
        const texts = await towers.text(reference.ids, reference.textCount);
        const images = await towers.image(reference.pixels, reference.imageCount);
        const text = difference(texts, reference.textEmbeds, embedDim);
        const image = difference(images, reference.imageEmbeds, embedDim);
        assert.ok(text.cosine <= limit, `text cosine distance ${text.cosine}`);
        assert.ok(image.cosine <= limit, `image cosine distance ${image.cosine}`);
      } finally {
        state.close();
      }
    });
  }
}
