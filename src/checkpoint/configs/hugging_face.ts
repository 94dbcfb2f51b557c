/** transformers' `config.json` (CLIPConfig). */

import {
  type CheckpointConfig,
  isJsonObject,
  type JsonObject,
  positiveInteger,
  show,
  type StatedSize,
} from "./config.ts";
import type { Activation } from "../state_dict.ts";

/** transformers' defaults: newer versions write only what differs from them. */
const DEFAULT_TEXT_HEADS = 8;
const DEFAULT_VISION_HEADS = 12;
const DEFAULT_ACTIVATION = "quick_gelu";
/** OpenAI's layer norms; the graph builder knows no other. */
const LAYER_NORM_EPS = 1e-5;

const ACTIVATIONS: Readonly<Record<string, Activation>> = {
  quick_gelu: "quick_gelu",
  gelu: "gelu",
};

/** Whether a `config.json` is that of a model with two towers, and not of something else. */
export function isHuggingFaceClip(json: JsonObject): boolean {
  return json["model_type"] === "clip" || isJsonObject(json["vision_config"]) ||
    isJsonObject(json["vision_config_dict"]);
}

/** Reads `config.json`. Nothing is thrown: what does not fit is in `unsupported`. */
export function parseHuggingFaceConfig(json: JsonObject, file: string): CheckpointConfig {
  const vision = section(json, "vision_config");
  const text = section(json, "text_config");
  const unsupported: string[] = [];
  const type = json["model_type"] ?? "clip";
  if (type !== "clip") unsupported.push(`model_type ${show(type)}: only 'clip' is supported`);

  const visionAct = vision["hidden_act"] ?? DEFAULT_ACTIVATION;
  const textAct = text["hidden_act"] ?? DEFAULT_ACTIVATION;
  const activation = typeof textAct === "string" && Object.hasOwn(ACTIVATIONS, textAct)
    ? ACTIVATIONS[textAct]
    : undefined;
  if (visionAct !== textAct) {
    unsupported.push(`hidden_act ${show(visionAct)} for images and ${show(textAct)} for texts`);
  } else if (activation === undefined) {
    unsupported.push(`hidden_act ${show(textAct)}: wanted 'quick_gelu' or 'gelu'`);
  }
  for (const [name, tower] of [["vision_config", vision], ["text_config", text]] as const) {
    const eps = tower["layer_norm_eps"] ?? LAYER_NORM_EPS;
    if (eps !== LAYER_NORM_EPS) {
      unsupported.push(`${name}.layer_norm_eps ${show(eps)}: only ${LAYER_NORM_EPS} is supported`);
    }
  }

  const sizes: StatedSize[] = [];
  const state = (key: string, value: unknown, of: StatedSize["of"]) => {
    const size = positiveInteger(value);
    if (size !== undefined) sizes.push({ key, of, value: size });
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
      ["max_position_embeddings", "contextLength"],
      ["vocab_size", "vocabSize"],
    ] as const
  ) state(`text_config.${key}`, text[key], of);

  return {
    file,
    ...(activation === undefined ? {} : { activation }),
    visionHeads: positiveInteger(vision["num_attention_heads"]) ?? DEFAULT_VISION_HEADS,
    textHeads: positiveInteger(text["num_attention_heads"]) ?? DEFAULT_TEXT_HEADS,
    sizes,
    unsupported,
  };
}

/** A tower's section; the `_dict` twin, which transformers of 2021-22 wrote, overrides it. */
function section(json: JsonObject, key: string): JsonObject {
  const plain = json[key];
  const twin = json[`${key}_dict`];
  return { ...(isJsonObject(plain) ? plain : {}), ...(isJsonObject(twin) ? twin : {}) };
}
