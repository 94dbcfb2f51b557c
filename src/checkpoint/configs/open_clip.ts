/** OpenCLIP's `open_clip_config.json`: `model_cfg` and `preprocess_cfg`. */

import {
  channels,
  type CheckpointConfig,
  isJsonObject,
  type JsonObject,
  positiveInteger,
  show,
  type StatedSize,
} from "./config.ts";
import type { ImagePreprocessing } from "./image_processor.ts";
import { quote } from "../refuse.ts";

/** OpenCLIP's defaults (`CLIPVisionCfg`, `CLIPTextCfg`). */
const DEFAULT_HEAD_WIDTH = 64;
const DEFAULT_TEXT_HEADS = 8;

/** Keys that change the arithmetic, with the values that leave it as OpenAI's. */
const VISION_DEFAULTS: Readonly<Record<string, readonly unknown[]>> = {
  ls_init_value: [null],
  attentional_pool: [false],
  attn_pooler: [false],
  global_average_pool: [false],
  no_ln_pre: [false],
  input_patchnorm: [false],
  pos_embed_type: ["learnable"],
  final_ln_after_pool: [false],
  pool_type: ["tok"],
  output_tokens: [false],
  timm_model_name: [null],
  act_kwargs: [null],
  norm_kwargs: [null],
  block_type: [null, "default"],
  qk_norm: [false],
};
const TEXT_DEFAULTS: Readonly<Record<string, readonly unknown[]>> = {
  ls_init_value: [null],
  hf_model_name: [null],
  embed_cls: [false],
  no_causal_mask: [false],
  final_ln_after_pool: [false],
  pool_type: ["argmax"],
  proj_type: ["linear"],
  proj_bias: [false],
  output_tokens: [false],
  act_kwargs: [null],
  norm_kwargs: [null],
  block_type: [null, "default"],
  qk_norm: [false],
};
/** Of `preprocess_cfg` (OpenCLIP's `PreprocessCfg`). */
const PREPROCESS_KEYS = new Set([
  "size",
  "mode",
  "mean",
  "std",
  "interpolation",
  "resize_mode",
  "fill_color",
]);

/** Whether a JSON file is a config of OpenCLIP's. */
export function isOpenClipConfig(json: JsonObject): boolean {
  return isJsonObject(json["model_cfg"]);
}

/** Reads `open_clip_config.json`. Nothing is thrown: what does not fit is in `unsupported`. */
export function parseOpenClipConfig(json: JsonObject, file: string): CheckpointConfig {
  const object = (value: unknown): JsonObject => isJsonObject(value) ? value : {};
  const model = object(json["model_cfg"]);
  const vision = object(model["vision_cfg"]);
  const text = object(model["text_cfg"]);
  const preprocess = object(json["preprocess_cfg"]);
  const unsupported = [
    ...departures(vision, VISION_DEFAULTS, "vision_cfg"),
    ...departures(text, TEXT_DEFAULTS, "text_cfg"),
  ];
  const sizes: StatedSize[] = [];
  const state = (key: string, value: unknown, of: StatedSize["of"]) => {
    if (value === undefined || value === null) return;
    const list = Array.isArray(value) ? value : undefined;
    if (of === "visionLayers" && list?.length === 4 && list.every((n) => positiveInteger(n))) {
      sizes.push({ key, of, value: list as number[] });
    } else if (of === "imageSize" && list?.length === 2 && list[0] === list[1]) {
      state(key, list[0], of);
    } else {
      const size = positiveInteger(value);
      if (size === undefined) unsupported.push(`${key} ${quote(JSON.stringify(value))}`);
      else sizes.push({ key, of, value: size });
    }
  };
  state("embed_dim", model["embed_dim"], "embedDim");
  state("vision_cfg.image_size", vision["image_size"], "imageSize");
  state("vision_cfg.patch_size", vision["patch_size"], "patchSize");
  state("vision_cfg.width", vision["width"], "visionWidth");
  state("vision_cfg.layers", vision["layers"], "visionLayers");
  state("text_cfg.context_length", text["context_length"], "contextLength");
  state("text_cfg.vocab_size", text["vocab_size"], "vocabSize");
  state("text_cfg.width", text["width"], "textWidth");
  state("text_cfg.layers", text["layers"], "textLayers");
  const preprocessing = parsePreprocess(preprocess);
  return {
    file,
    activation: model["quick_gelu"] === true ? "quick_gelu" : "gelu",
    visionHeadWidth: positiveInteger(vision["head_width"]) ?? DEFAULT_HEAD_WIDTH,
    textHeads: positiveInteger(text["heads"]) ?? DEFAULT_TEXT_HEADS,
    ...preprocessing,
    sizes: [...sizes, ...preprocessing.sizes],
    unsupported: [...unsupported, ...preprocessing.unsupported],
  };
}

/** The inference transform that OpenCLIP's `image_transform` makes of `preprocess_cfg`. */
function parsePreprocess(json: JsonObject): ImagePreprocessing {
  const unsupported: string[] = [];
  if (Object.keys(json).length === 0) return { sizes: [], unsupported };
  const stated = (key: string) => json[key] === null ? undefined : json[key];
  const refuse = (key: string, wanted: string) =>
    void unsupported.push(`preprocess_cfg.${key} ${show(json[key])}: wanted ${wanted}`);
  for (const key of Object.keys(json)) {
    if (!PREPROCESS_KEYS.has(key) && stated(key) !== undefined) {
      unsupported.push(`preprocess_cfg.${key} ${show(json[key])} is not supported`);
    }
  }
  if ((stated("mode") ?? "RGB") !== "RGB") refuse("mode", "'RGB'");
  const [mean, std] = [channels(stated("mean"), true), channels(stated("std"), false)];
  if (stated("mean") !== undefined && mean === undefined) refuse("mean", "three numbers");
  if (stated("std") !== undefined && std === undefined) refuse("std", "three numbers over 0");

  const sizes: StatedSize[] = [];
  const size = stated("size");
  const side = Array.isArray(size) && size.length === 2 && size[0] === size[1] ? size[0] : size;
  if (positiveInteger(side) !== undefined) {
    sizes.push({ key: "preprocess_cfg.size", of: "imageSize", value: side as number });
  } else if (size !== undefined) refuse("size", "a number, or twice the same");

  const interpolation = stated("interpolation") ?? "bicubic";
  // 'random' is for training.
  const filter = interpolation === "bilinear" ? "bilinear" : "bicubic";
  if (!["bicubic", "bilinear", "random"].includes(interpolation as string)) {
    refuse("interpolation", "'bicubic' or 'bilinear'");
  }
  const fill = stated("fill_color") ?? 0;
  if (!Number.isInteger(fill) || (fill as number) < 0 || (fill as number) > 255) {
    refuse("fill_color", "a number from 0 to 255");
  }
  const mode = stated("resize_mode") ?? "shortest";
  if (!["shortest", "longest", "squash"].includes(mode as string)) {
    refuse("resize_mode", "'shortest', 'longest' or 'squash'");
  }
  return {
    ...(mean === undefined ? {} : { mean }),
    ...(std === undefined ? {} : { std }),
    resize: { filter, fill: fill as number, mode: mode as "shortest" | "longest" | "squash" },
    sizes,
    unsupported,
  };
}

function departures(
  section: JsonObject,
  defaults: Readonly<Record<string, readonly unknown[]>>,
  name: string,
): string[] {
  const lines: string[] = [];
  for (const [key, allowed] of Object.entries(defaults)) {
    const value = section[key];
    if (value === undefined || value === null || allowed.includes(value)) continue;
    if (isJsonObject(value) && Object.keys(value).length === 0) continue;
    lines.push(
      `${name}.${key} ${quote(JSON.stringify(value))}: only ${
        JSON.stringify(allowed[0])
      } is supported`,
    );
  }
  return lines;
}
