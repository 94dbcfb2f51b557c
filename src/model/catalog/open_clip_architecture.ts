/**
 * The architecture that a config of OpenCLIP's describes, without any weights: read by the same
 * reader as the config beside a checkpoint, its sizes filled up with OpenCLIP's, timm's and
 * transformers' defaults.
 */
import { parseOpenClipConfig } from "../../checkpoint/configs/open_clip.ts";
import type { CheckpointConfig, JsonObject, StatedSize } from "../../checkpoint/configs/config.ts";
import { OPENAI_MEAN, OPENAI_STD } from "../../checkpoint/configs/image_statistics.ts";
import { type BlockFacts, resizeOf } from "../../checkpoint/facts.ts";
import { LAYOUTS, type NamingScheme } from "../../checkpoint/naming/layouts.ts";
import { OPENAI_TEXT, OPENAI_VIT } from "../../checkpoint/openai.ts";
import type {
  ClipArchitecture,
  TextArchitecture,
  VisionArchitecture,
  VisionTransformer,
} from "../../checkpoint/state_dict.ts";

/** `model_cfg` of OpenCLIP. */
export interface OpenClipModel {
  readonly init_logit_bias?: number;
  readonly vision_cfg: JsonObject & { readonly timm_model_name?: string };
  readonly text_cfg: JsonObject & {
    readonly hf_model_name?: string;
    readonly hf_tokenizer_name?: string;
  };
}

/** Sizes of a vision transformer of timm's. */
export interface TimmSizes {
  readonly patch_size: number;
  readonly embed_dim: number;
  readonly depth: number;
  readonly num_heads: number;
  /** Default 4. */
  readonly mlp_ratio?: number;
}

/** An architecture; or what of it is not supported, a line each. */
export type Described =
  | { ok: true; architecture: ClipArchitecture }
  | { ok: false; unsupported: readonly string[] };

/**
 * Describes a model.
 *
 * @param preprocess `preprocess_cfg`: mean, std, interpolation, resize mode
 * @param timm sizes of timm's models, by name
 */
export function describeOpenClip(
  model: OpenClipModel,
  preprocess: JsonObject,
  timm: Readonly<Record<string, TimmSizes>>,
): Described {
  const json = { model_cfg: model, preprocess_cfg: preprocess };
  const padId = padIdOf(model.text_cfg.hf_tokenizer_name);
  const config = parseOpenClipConfig(
    json,
    "open_clip_config.json",
    padId === undefined ? {} : { padId },
  );
  const { unsupported } = config;
  if (unsupported.length > 0) return { ok: false, unsupported };
  const vision = visionOf(config, model, timm);
  const resize = config.resize === undefined
    ? undefined
    : resizeOf(config.resize, vision.imageSize);
  return {
    ok: true,
    architecture: {
      embedDim: sizeOf(config, "embedDim") ?? 512,
      similarity: model.init_logit_bias === undefined ? "softmax" : "sigmoid",
      vision,
      text: textOf(config, model),
      mean: config.mean ?? OPENAI_MEAN,
      std: config.std ?? OPENAI_STD,
      imageLibrary: "torchvision",
      ...(resize === undefined ? {} : { resize }),
    },
  };
}

function sizeOf(config: CheckpointConfig, of: StatedSize["of"]): number | undefined {
  const value = config.sizes.find((size) => size.of === of)?.value;
  return typeof value === "number" ? value : undefined;
}

/** What is so in every model of a layout, and what is likely. */
function layoutFacts(name: NamingScheme) {
  const { facts, likely } = LAYOUTS.find((layout) => layout.name === name) ?? {};
  return {
    vision: { ...likely?.vision, ...facts?.vision },
    text: { ...likely?.text, ...facts?.text },
  };
}

function visionOf(
  config: CheckpointConfig,
  { vision_cfg }: OpenClipModel,
  timm: Readonly<Record<string, TimmSizes>>,
): VisionArchitecture {
  const imageSize = sizeOf(config, "imageSize") ?? 224;
  const timmName = vision_cfg.timm_model_name;
  if (timmName !== undefined) {
    const sizes = timm[timmName];
    if (sizes === undefined) throw new TypeError(`no sizes of timm's ${timmName}`);
    return timmVision(config, imageSize, timmName, sizes);
  }
  const { layers } = vision_cfg;
  const width = sizeOf(config, "visionWidth") ?? 768;
  const { headWidth = 64, queryHeads = 8, ...facts } = config.vision ?? {};
  if (Array.isArray(layers)) {
    return {
      kind: "resnet",
      imageSize,
      width,
      layers: layers as unknown as [number, number, number, number],
      heads: width * 32 / headWidth,
    };
  }
  return {
    ...OPENAI_VIT,
    patchSize: sizeOf(config, "patchSize") ?? 16,
    width,
    layers: sizeOf(config, "visionLayers") ?? 12,
    heads: width / headWidth,
    mlpWidth: sizeOf(config, "visionMlpWidth") ?? 4 * width,
    queries: facts.pooling === "queries"
      ? { count: sizeOf(config, "queries") ?? 256, heads: queryHeads }
      : null,
    ...facts,
    imageSize,
  };
}

function timmVision(
  config: CheckpointConfig,
  imageSize: number,
  name: string,
  sizes: TimmSizes,
): VisionTransformer {
  const siglip = name.includes("siglip");
  const { vision } = layoutFacts(siglip ? "open_clip_timm_siglip" : "open_clip_timm_eva02");
  const { headWidth: _, queryHeads: _q, ...facts } = { ...vision, ...config.vision };
  const width = sizes.embed_dim;
  return {
    ...OPENAI_VIT,
    patchSize: sizes.patch_size,
    patchBias: true,
    width,
    layers: sizes.depth,
    mlpWidth: Math.floor(width * (sizes.mlp_ratio ?? 4)),
    // Of EVA-02 the head.
    projection: "linear",
    ...facts,
    heads: sizes.num_heads,
    imageSize,
  };
}

function textOf(config: CheckpointConfig, { text_cfg }: OpenClipModel): TextArchitecture {
  const { hf_model_name } = text_cfg;
  if (hf_model_name !== undefined) return transformersText(config, hf_model_name);
  const { headWidth: _, ...facts } = config.text ?? {};
  const width = sizeOf(config, "textWidth") ?? 512;
  const positionRows = sizeOf(config, "positionRows") ?? 77;
  // CoCa's class row has the last position.
  const contextLength = positionRows - (facts.pooling?.kind === "class" ? 1 : 0);
  return {
    ...OPENAI_TEXT,
    vocabSize: sizeOf(config, "vocabSize") ?? 49_408,
    width,
    heads: width / 64,
    layers: sizeOf(config, "textLayers") ?? 12,
    mlpWidth: sizeOf(config, "textMlpWidth") ?? 4 * width,
    positionRows,
    projection: text_cfg["proj_bias"] === true ? "linear" : "matrix",
    ...facts,
    contextLength,
  };
}

/** Sizes of the base models, from their own configs on the hub. */
const BASE_SIZES: Readonly<Record<string, { vocabSize: number; large: boolean }>> = {
  "roberta-base": { vocabSize: 50_265, large: false },
  "xlm-roberta-base": { vocabSize: 250_002, large: false },
  "xlm-roberta-large": { vocabSize: 250_002, large: true },
};

/** Rows of (XLM-)RoBERTa's table of positions: 512, and two that count from. */
const ROBERTA_POSITIONS = 514;

/** Sizes of (XLM-)RoBERTa's and BERT's towers. */
export function bertSizes(
  large: boolean,
): Pick<TextArchitecture, "width" | "heads" | "layers" | "mlpWidth"> {
  return large
    ? { width: 1024, heads: 16, layers: 24, mlpWidth: 4096 }
    : { width: 768, heads: 12, layers: 12, mlpWidth: 3072 };
}

/** What is so in (XLM-)RoBERTa's towers. */
export const ROBERTA = { positionRows: ROBERTA_POSITIONS, tokenTypes: 1 } as const;

function transformersText(config: CheckpointConfig, name: string): TextArchitecture {
  const base = BASE_SIZES[name];
  if (base === undefined) throw new TypeError(`no sizes of transformers' ${name}`);
  const facts: BlockFacts = { ...layoutFacts("open_clip_hf_text").text, ...config.text };
  const { headWidth: _, ...stated } = facts;
  return {
    ...OPENAI_TEXT,
    contextLength: 77,
    ...ROBERTA,
    vocabSize: base.vocabSize,
    projection: "mlp",
    ...stated,
    ...bertSizes(base.large),
  };
}

/** What the tokenizer of this repository fills texts up with; of CLIP's own nothing is said. */
function padIdOf(tokenizer: string | undefined): number | undefined {
  if (tokenizer === undefined) return undefined;
  const roberta = /(^|\/)(xlm-)?roberta-|(^|\/)xlm-v-/.test(tokenizer);
  return roberta || /SigLIP(?!2)/.test(tokenizer) ? 1 : 0;
}
