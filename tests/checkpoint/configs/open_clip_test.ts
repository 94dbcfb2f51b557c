import assert from "node:assert/strict";
import { join } from "node:path";
import { openCheckpoint } from "../../../src/checkpoint/open.ts";
import { buildSafetensors, tinyShapes } from "../containers/build_safetensors.ts";
import { withFolder } from "../fixture_files.ts";
import { refused } from "../refused.ts";

/** Opens a tiny model with this configuration beside it. */
function openWithConfig(file: string, config: unknown) {
  const files = {
    "x.safetensors": buildSafetensors(tinyShapes()),
    [file]: JSON.stringify(config),
  };
  return withFolder(files, (folder) => {
    const state = openCheckpoint(join(folder, "x.safetensors"));
    state.close();
    return state;
  });
}

Deno.test("openCheckpoint() refuses an OpenCLIP config that asks for other arithmetic or sizes", () => {
  const base = {
    embed_dim: 6,
    vision_cfg: { image_size: 4, patch_size: 2, width: 4, layers: 2, head_width: 2 },
    text_cfg: { context_length: 5, vocab_size: 9, width: 8, layers: 1, heads: 2 },
  };
  const fine = openWithConfig("open_clip_config.json", { model_cfg: base });
  assert.equal(fine.architecture.vision.heads, 2);
  assert.equal(fine.architecture.activation, "gelu");
  const cases: [Record<string, unknown>, Record<string, unknown>, RegExp][] = [
    [{ embed_dim: 7 }, {}, /embed_dim is 7, but the tensors have 6/],
    [{ vision_cfg: { ...base.vision_cfg, layers: 3 } }, {}, /vision_cfg\.layers is 3/],
    [{ vision_cfg: { ...base.vision_cfg, head_width: 3 } }, {}, /cannot be split into/],
    [{ vision_cfg: { pool_type: "avg" } }, {}, /vision_cfg\.pool_type/],
    [{ vision_cfg: { timm_model_name: "convnext_base" } }, {}, /timm_model_name/],
    [{ text_cfg: { no_causal_mask: true } }, {}, /no_causal_mask/],
    [{ text_cfg: { pool_type: "last" } }, {}, /text_cfg\.pool_type/],
    [{}, { resize_mode: "stretch" }, /resize_mode 'stretch': wanted 'shortest', 'longest' or/],
    [{}, { interpolation: "nearest" }, /interpolation 'nearest': wanted 'bicubic' or/],
    [{}, { fill_color: [1, 2, 3] }, /fill_color/],
    [{}, { mode: "L" }, /preprocess_cfg\.mode 'L': wanted 'RGB'/],
    [{}, { size: 5 }, /preprocess_cfg\.size is 5, but the tensors have 4/],
    [{}, { sharpen: 1 }, /preprocess_cfg\.sharpen '1' is not supported/],
  ];
  for (const [model, preprocess, pattern] of cases) {
    const config = { model_cfg: { ...base, ...model }, preprocess_cfg: preprocess };
    refused(() => openWithConfig("open_clip_config.json", config), pattern);
  }
});

Deno.test("openCheckpoint() reads OpenCLIP's resize mode, interpolation and padding", () => {
  const resizeOf = (preprocess: unknown) =>
    openWithConfig("open_clip_config.json", {
      model_cfg: { vision_cfg: { head_width: 2 }, text_cfg: { heads: 2 } },
      preprocess_cfg: preprocess,
    }).architecture.resize;
  assert.equal(resizeOf({ mean: [0.5, 0.5, 0.5], std: [0.5, 0.5, 0.5] }), undefined);
  assert.equal(resizeOf({ size: [4, 4], interpolation: "random" }), undefined);
  assert.deepEqual(resizeOf({ resize_mode: "squash", interpolation: "bilinear", size: 4 }), {
    to: { width: 4, height: 4 },
    filter: "bilinear",
    fill: 0,
  });
  assert.deepEqual(resizeOf({ resize_mode: "longest", fill_color: 114 }), {
    to: { longest: 4 },
    filter: "bicubic",
    fill: 114,
  });
});
