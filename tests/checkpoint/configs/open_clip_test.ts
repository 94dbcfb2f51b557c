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
  assert.equal(fine.architecture.text.activation, "gelu");
  const cases: [Record<string, unknown>, Record<string, unknown>, RegExp][] = [
    [{ embed_dim: 7 }, {}, /embed_dim is 7, but the tensors have 6/],
    [{ vision_cfg: { ...base.vision_cfg, layers: 3 } }, {}, /vision_cfg\.layers is 3/],
    [{ vision_cfg: { ...base.vision_cfg, head_width: 3 } }, {}, /cannot be split into/],
    [{ quick_gelu: "yes" }, {}, /model_cfg\.quick_gelu 'yes': wanted 'true' or 'false'/],
    [{ audio_cfg: { width: 4 } }, {}, /model_cfg\.audio_cfg .*: it is not known/],
    ...changes("vision_cfg", [
      [{ pool_type: "max" }, /vision_cfg\.pool_type 'max': wanted 'tok' or 'avg'/],
      [{ timm_model_name: "convnext_base" }, /vision_cfg\.timm_model_name 'convnext_base'/],
      [{ act_kwargs: { approximate: "cos" } }, /vision_cfg\.act_kwargs/],
      [{ norm_kwargs: { eps: 2 } }, /vision_cfg\.norm_kwargs/],
      [{ norm_kwargs: { eps: 1e-5, bias: false } }, /vision_cfg\.norm_kwargs/],
      [{ attentional_pool: "parallel" }, /vision_cfg\.attentional_pool 'parallel': wanted 'true'/],
      [{ attentional_pool: true }, /missing: 'visual\.attn_pool\.query'/],
      [{ qk_norm: true }, /vision_cfg\.qk_norm/],
      [{ window_size: 7 }, /vision_cfg\.window_size '7': it is not known/],
      [{ mlp_ratio: 3 }, /vision_cfg\.mlp_ratio x width is 12, but the tensors have 10/],
    ]),
    ...changes("text_cfg", [
      [{ no_causal_mask: 3 }, /text_cfg\.no_causal_mask '3'/],
      [{ pool_type: "mean" }, /text_cfg\.pool_type 'mean': wanted 'argmax' or 'eos' or/],
      [{ pool_type: "eos", eos_id: "x" }, /text_cfg\.eos_id 'x'/],
      [{ hf_model_name: "google/mt5-base" }, /text_cfg\.hf_model_name 'google\/mt5-base'/],
      [{ hf_tokenizer_name: "x", tokenizer_kwargs: { clean: "dirty" } }, /tokenizer_kwargs/],
      [{ hf_tokenizer_name: "x", tokenizer_kwargs: { side: "left" } }, /tokenizer_kwargs/],
      [{ embed_cls: true }, /missing: 'class_embedding'/],
      [{ use_pad_mask: true }, /text_cfg\.use_pad_mask 'true': only false/],
      [{ proj_type: "mlp" }, /text_cfg\.proj_type 'mlp'/],
      [{ alibi: true }, /text_cfg\.alibi 'true': it is not known/],
    ]),
    [{}, { resize_mode: "stretch" }, /resize_mode 'stretch': wanted 'shortest', 'longest' or/],
    [{}, { interpolation: "nearest" }, /interpolation 'nearest': wanted 'bicubic' or/],
    [{}, { fill_color: [1, 2, 3] }, /fill_color/],
    [{}, { mode: "L" }, /preprocess_cfg\.mode 'L': wanted 'RGB'/],
    [{}, { size: 5 }, /preprocess_cfg\.size is 5, but the tensors have 4/],
    [{}, { sharpen: 1 }, /preprocess_cfg\.sharpen '1' is not supported/],
  ];
  function changes(
    section: "vision_cfg" | "text_cfg",
    list: readonly (readonly [Record<string, unknown>, RegExp])[],
  ): [Record<string, unknown>, Record<string, unknown>, RegExp][] {
    return list.map(([keys, pattern]) => [
      { [section]: { ...base[section], ...keys } },
      {},
      pattern,
    ]);
  }
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
