/** That every family's graphs compute what its own library does, given the same ids and pixels. */
import assert from "node:assert/strict";
import { openCheckpoint } from "../../src/checkpoint/open.ts";
import type { ClipStateDict } from "../../src/checkpoint/state_dict.ts";
import type { GraphOptions } from "../../src/graph/convert.ts";
import { hasFixedLength } from "../../src/graph/text_tower.ts";
import { familyPath, readFamilyReference, withFiles, withUnpacked } from "../support/families.ts";
import type { Reference } from "./reference.ts";
import { difference, FP32, openTowers } from "./tower_session.ts";

/** Largest cosine distances of texts and images. */
async function distances(
  state: ClipStateDict,
  reference: Reference,
  options: GraphOptions = FP32,
): Promise<{ text: number; image: number; cut: number }> {
  const { embedDim, text } = state.architecture;
  await using towers = await openTowers(state, options);
  const distance = (a: Float32Array, b: Float32Array) => difference(a, b, embedDim).cosine;
  const texts = await towers.text(reference.ids, reference.textCount);
  const images = await towers.image(reference.pixels, reference.imageCount);
  let cut = 0;
  if (!hasFixedLength(text)) {
    const { ids, count } = cutShort(reference, text.padId);
    cut = distance(
      await towers.text(ids, count),
      reference.textEmbeds.subarray(0, count * embedDim),
    );
  }
  return {
    text: distance(texts, reference.textEmbeds),
    image: distance(images, reference.imageEmbeds),
    cut,
  };
}

/** The first texts, cut to the longest of them. */
function cutShort({ ids, textCount }: Reference, padId: number) {
  const stride = ids.length / textCount;
  const count = Math.min(10, textCount);
  let length = 0;
  for (let row = 0; row < count; row++) {
    for (let i = 0; i < stride; i++) {
      if (ids[row * stride + i] !== padId) length = Math.max(length, i + 1);
    }
  }
  const cut = new Int32Array(count * length);
  for (let row = 0; row < count; row++) {
    cut.set(ids.subarray(row * stride, row * stride + length), row * length);
  }
  return { ids: cut, count };
}

/**
 * How far the embeddings may be from the reference. Measured, the worst of all families: 5e-12 (fp32
 * and fp16 on a CPU), 5e-6 (fp16 for a GPU), 5e-3 (int8), 4e-2 (int8 of post-norm towers, whose
 * random weights amplify what rounding changes).
 */
function precisions(state: ClipStateDict): readonly (readonly [GraphOptions, number])[] {
  const int8 = state.architecture.text.norm === "post" ? 5e-2 : 1e-2;
  return [
    [FP32, 1e-9],
    [{ dtype: "fp16", target: "cpu", pixels: "float32" }, 1e-9],
    [{ dtype: "fp16", target: "gpu", pixels: "float32" }, 2e-5],
    [{ dtype: "int8", target: "cpu", pixels: "float32" }, int8],
  ];
}

async function compare(path: string, reference: Reference): Promise<void> {
  const state = openCheckpoint(path);
  try {
    for (const [options, limit] of precisions(state)) {
      const found = await distances(state, reference, options);
      for (const [what, distance] of Object.entries(found)) {
        assert.ok(distance <= limit, `${options.dtype} for ${options.target}: ${what} ${distance}`);
      }
    }
  } finally {
    state.close();
  }
}

/** Families of one folder each. */
const FOLDERS = [
  "vit-dfn",
  "vit-longest",
  "vit-tanh-eps",
  "vit-layer-scale",
  "vit-248-positions",
  "vit-avg-text-first",
  "vit-output-tokens",
  "vit-clipa",
  "metaclip2-worldwide",
  "siglip",
  "siglip2",
  "siglip-openclip",
  "siglip2-openclip",
  "openclip-xlm-roberta",
  "mclip-xlm-roberta",
  "mclip-labse",
  "eva02-clip",
  "coca",
];

for (const family of FOLDERS) {
  Deno.test(`${family} embeds as its own library does`, async () => {
    await compare(familyPath(family), readFamilyReference(family));
  });
}

Deno.test("chinese-clip embeds as transformers do, from a Hugging Face directory", async () => {
  await compare(familyPath("chinese-clip/hf"), readFamilyReference("chinese-clip", "hf_"));
});

Deno.test("chinese-clip embeds as cn_clip does, from its .pt file with no config", async () => {
  const files = [["clip_cn.pt.gz", "clip_cn.pt.gz"], ["hf/vocab.txt", "vocab.txt"]].map(
    ([from, to]) => [to!, Deno.readFileSync(familyPath(`chinese-clip/${from}`))] as const,
  );
  await withFiles(files, async (folder) => {
    await compare(folder, readFamilyReference("chinese-clip"));
  });
});

for (const variant of ["bf16", "ddp-compiled", "bf16-shards.tar.gz", "bin-shards.tar.gz"]) {
  Deno.test(`a CLIPModel embeds as transformers do, as ${variant}`, async () => {
    const reference = readFamilyReference("dtype-oddities");
    if (!variant.endsWith(".tar.gz")) {
      return await compare(familyPath(`dtype-oddities/${variant}`), reference);
    }
    await withUnpacked(`dtype-oddities/${variant}`, async (folder) => {
      await compare(`${folder}/${variant.replace(".tar.gz", "")}`, reference);
    });
  });
}
