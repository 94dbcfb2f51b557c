/** That images become the pixels that each family's own library makes of them. */
import assert from "node:assert/strict";
import { openCheckpoint } from "../../src/checkpoint/open.ts";
import type { ClipArchitecture } from "../../src/checkpoint/state_dict.ts";
import { ImageTransform } from "../../src/model/image.ts";
import { familyImages, familyPath, readFamilyReference, withFiles } from "../support/families.ts";

async function compare(
  { vision, mean, std, resize, imageLibrary }: ClipArchitecture,
  pixels: Float32Array,
): Promise<void> {
  const transform = new ImageTransform({
    size: vision.imageSize,
    mean,
    std,
    library: imageLibrary,
    ...(resize === undefined ? {} : { resize }),
  });
  const found = new Float32Array(transform.length);
  for (const [i, { name, bytes }] of familyImages().entries()) {
    await transform.transformInto(bytes, found);
    const wanted = pixels.subarray(i * found.length, (i + 1) * found.length);
    const worst = wanted.reduce((max, value, j) => Math.max(max, Math.abs(value - found[j]!)), 0);
    // A step of a byte is 0.008 and more.
    assert.ok(worst <= 1e-5, `${name}: ${worst}`);
  }
}

function architectureOf(path: string): ClipArchitecture {
  const state = openCheckpoint(path);
  state.close();
  return state.architecture;
}

/** One of each way from an image to the model, and of each library. */
const FAMILIES = [
  "vit-dfn",
  "vit-longest",
  "vit-clipa",
  "vit-tanh-eps",
  "siglip",
  "siglip2",
  "siglip-openclip",
  "siglip2-openclip",
  "eva02-clip",
  "openclip-xlm-roberta",
  "metaclip2-worldwide",
  "mclip-labse",
];

for (const family of FAMILIES) {
  Deno.test(`images of ${family} become the pixels of its own library`, async () => {
    await compare(architectureOf(familyPath(family)), readFamilyReference(family).pixels);
  });
}

Deno.test("a Hugging Face directory is held to transformers' pixels", async () => {
  const chinese = readFamilyReference("chinese-clip", "hf_").pixels;
  await compare(architectureOf(familyPath("chinese-clip/hf")), chinese);
});

Deno.test("a .pt file of Chinese-CLIP is held to cn_clip's pixels", async () => {
  const file = Deno.readFileSync(familyPath("chinese-clip/clip_cn.pt.gz"));
  const architecture = await withFiles(
    [["clip_cn.pt.gz", file]],
    (folder) => Promise.resolve(architectureOf(folder)),
  );
  await compare(architecture, readFamilyReference("chinese-clip").pixels);
});
