/** transformers' `config.json` of models with two towers: CLIP, SigLIP, Chinese-CLIP. */

import type { BlockFacts, TextFacts, VisionFacts } from "../facts.ts";
import type { Activation, TextPooling } from "../state_dict.ts";
import {
  type CheckpointConfig,
  isJsonObject,
  type JsonObject,
  positiveInteger,
  show,
  type StatedSize,
} from "./config.ts";
import {
  DEFAULT_TOKENIZER_FILE,
  type TokenizerSettings,
  unsupportedSettings,
} from "./tokenizer_files.ts";

const ACTIVATIONS: Readonly<Record<string, Activation>> = {
  quick_gelu: "quick_gelu",
  gelu: "gelu",
  gelu_pytorch_tanh: "gelu_tanh",
  gelu_new: "gelu_tanh",
  relu: "relu",
};

/** transformers' defaults of a tower: newer versions write only what differs from them. */
interface TowerDefaults {
  readonly activation: Activation;
  readonly heads: number;
  readonly eps: number;
}

/** A kind of model, by its `model_type`. */
interface ModelType {
  readonly vision: TowerDefaults;
  readonly text: TowerDefaults;
  /** What is said of texts beside. */
  readTexts(text: JsonObject, settings: TokenizerSettings, unsupported: string[]): TextFacts;
}

const MODEL_TYPES: Readonly<Record<string, ModelType>> = {
  clip: {
    vision: { activation: "quick_gelu", heads: 12, eps: 1e-5 },
    text: { activation: "quick_gelu", heads: 8, eps: 1e-5 },
    readTexts: clipTexts,
  },
  siglip: {
    vision: { activation: "gelu_tanh", heads: 12, eps: 1e-6 },
    text: { activation: "gelu_tanh", heads: 12, eps: 1e-6 },
    readTexts: siglipTexts,
  },
  chinese_clip: {
    vision: { activation: "quick_gelu", heads: 12, eps: 1e-5 },
    text: { activation: "gelu", heads: 12, eps: 1e-12 },
    readTexts: chineseTexts,
  },
};

/** Whether a `config.json` is that of a model with two towers, and not of something else. */
export function isTransformersConfig(json: JsonObject): boolean {
  return json["model_type"] === "clip" || isJsonObject(json["vision_config"]) ||
    isJsonObject(json["vision_config_dict"]);
}

/** Reads `config.json`. Nothing is thrown: what does not fit is in `unsupported`. */
export function parseTransformersConfig(
  json: JsonObject,
  file: string,
  settings: TokenizerSettings,
): CheckpointConfig {
  const vision = section(json, "vision_config");
  const text = section(json, "text_config");
  const unsupported: string[] = [];
  const name = json["model_type"] ?? "clip";
  const type = typeof name === "string" && Object.hasOwn(MODEL_TYPES, name)
    ? MODEL_TYPES[name]
    : undefined;
  if (type === undefined) {
    const known = Object.keys(MODEL_TYPES).map((each) => `'${each}'`).join(", ");
    unsupported.push(`model_type ${show(name)}: only ${known} are supported`);
    return { file, sizes: [], unsupported };
  }
  const visionFacts: VisionFacts = blocks(vision, "vision_config", type.vision, unsupported);
  return {
    file,
    vision: visionFacts,
    text: {
      ...blocks(text, "text_config", type.text, unsupported),
      ...type.readTexts(text, settings, unsupported),
    },
    sizes: sizes(json, vision, text, unsupported),
    unsupported,
  };
}

function blocks(
  tower: JsonObject,
  name: string,
  defaults: TowerDefaults,
  unsupported: string[],
): BlockFacts {
  const stated = (key: string) => tower[key] === null ? undefined : tower[key];
  const act = stated("hidden_act");
  const activation = act === undefined
    ? defaults.activation
    : typeof act === "string" && Object.hasOwn(ACTIVATIONS, act)
    ? ACTIVATIONS[act]
    : undefined;
  if (activation === undefined) {
    const known = Object.keys(ACTIVATIONS).map((each) => `'${each}'`).join(", ");
    unsupported.push(`${name}.hidden_act ${show(act)}: wanted ${known}`);
  }
  const eps = stated("layer_norm_eps") ?? defaults.eps;
  if (typeof eps !== "number" || !(eps > 0) || eps >= 1) {
    unsupported.push(`${name}.layer_norm_eps ${show(eps)}: wanted a number between 0 and 1`);
  }
  const heads = stated("num_attention_heads");
  if (heads !== undefined && positiveInteger(heads) === undefined) {
    unsupported.push(`${name}.num_attention_heads ${show(heads)}`);
  }
  const position = stated("position_embedding_type") ?? "absolute";
  if (position !== "absolute") {
    unsupported.push(`${name}.position_embedding_type ${show(position)}: wanted 'absolute'`);
  }
  const head = stated("vision_use_head") ?? true;
  if (head !== true) unsupported.push(`${name}.vision_use_head ${show(head)}: wanted true`);
  const channels = stated("num_channels") ?? 3;
  if (channels !== 3) unsupported.push(`${name}.num_channels ${show(channels)}: wanted 3`);
  return {
    ...(activation === undefined ? {} : { activation }),
    eps: typeof eps === "number" ? eps : defaults.eps,
    heads: positiveInteger(heads) ?? defaults.heads,
  };
}

/**
 * The row of the first end-of-text; where that is not the last id of the vocabulary, it is looked for
 * by its id. 2 stands in old configs, and means the highest id (transformers `modeling_clip.py`).
 */
function clipTexts(text: JsonObject, _: TokenizerSettings, unsupported: string[]): TextFacts {
  const end = text["eos_token_id"] ?? 2;
  if (!Number.isSafeInteger(end) || (end as number) < 0) {
    unsupported.push(`text_config.eos_token_id ${show(end)}: wanted a whole number`);
    return {};
  }
  const highest = (positiveInteger(text["vocab_size"]) ?? 49_408) - 1;
  const pooling: TextPooling = end === 2 || end === highest
    ? { kind: "argmax" }
    : { kind: "end", id: end as number };
  return { pooling };
}

/** SigLIP's tokenizer is of SentencePiece, SigLIP 2's is Gemma's; each has a padding of its own. */
function siglipTexts(
  _: JsonObject,
  settings: TokenizerSettings,
  unsupported: string[],
): TextFacts {
  unsupported.push(...unsupportedSettings(settings));
  const { className, padId } = settings;
  const gemma = className?.includes("Gemma") || className?.startsWith("Siglip2");
  return {
    padId: padId ?? (gemma ? 0 : 1),
    tokenizer: gemma
      ? {
        kind: "file",
        file: DEFAULT_TOKENIZER_FILE,
        format: "tokenizer_json",
        clean: "lower",
        stripSep: false,
      }
      : {
        kind: "file",
        file: "spiece.model",
        format: "sentencepiece",
        clean: "siglip",
        stripSep: false,
      },
  };
}

function chineseTexts(text: JsonObject): TextFacts {
  const pad = text["pad_token_id"];
  return {
    padId: Number.isSafeInteger(pad) && (pad as number) >= 0 ? pad as number : 0,
    positionsCount: "all",
  };
}

function sizes(
  json: JsonObject,
  vision: JsonObject,
  text: JsonObject,
  unsupported: string[],
): StatedSize[] {
  const found: StatedSize[] = [];
  const state = (key: string, value: unknown, of: StatedSize["of"]) => {
    const size = positiveInteger(value);
    if (size !== undefined) found.push({ key, of, value: size });
    else if (value !== undefined && value !== null) unsupported.push(`${key} ${show(value)}`);
  };
  state("projection_dim", json["projection_dim"], "embedDim");
  for (
    const [key, of] of [
      ["hidden_size", "visionWidth"],
      ["num_hidden_layers", "visionLayers"],
      ["intermediate_size", "visionMlpWidth"],
      ["image_size", "imageSize"],
      ["patch_size", "patchSize"],
    ] as const
  ) state(`vision_config.${key}`, vision[key], of);
  for (
    const [key, of] of [
      ["hidden_size", "textWidth"],
      ["num_hidden_layers", "textLayers"],
      ["intermediate_size", "textMlpWidth"],
      ["max_position_embeddings", "positionRows"],
      ["type_vocab_size", "tokenTypes"],
      ["vocab_size", "vocabSize"],
    ] as const
  ) state(`text_config.${key}`, text[key], of);
  return found;
}

/** A tower's section; the `_dict` twin, which transformers of 2021-22 wrote, overrides it. */
function section(json: JsonObject, key: string): JsonObject {
  const plain = json[key];
  const twin = json[`${key}_dict`];
  return { ...(isJsonObject(plain) ? plain : {}), ...(isJsonObject(twin) ? twin : {}) };
}
