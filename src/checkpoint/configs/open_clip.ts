/** OpenCLIP's `open_clip_config.json`: `model_cfg` and `preprocess_cfg`. */

import {
  type CheckpointConfig,
  isJsonObject,
  type JsonObject,
  positiveInteger,
  show,
  type StatedSize,
} from "./config.ts";
import { parsePreprocess } from "./open_clip_preprocess.ts";
import { ConfigSection } from "./open_clip_section.ts";
import { readTextSection } from "./open_clip_text.ts";
import { readVisionSection } from "./open_clip_vision.ts";
import type { TokenizerSettings } from "./tokenizer_files.ts";

/** OpenCLIP's defaults of the towers' widths, which the width of an MLP is a multiple of. */
const DEFAULT_VISION_WIDTH = 768;
const DEFAULT_TEXT_WIDTH = 512;

/** Whether a JSON file is a config of OpenCLIP's. */
export function isOpenClipConfig(json: JsonObject): boolean {
  return isJsonObject(json["model_cfg"]);
}

/**
 * Reads `open_clip_config.json`. Nothing is thrown: what does not fit is in `unsupported`.
 *
 * @param settings of the tokenizer beside the weights
 */
export function parseOpenClipConfig(
  json: JsonObject,
  file: string,
  settings: TokenizerSettings,
): CheckpointConfig {
  const unsupported: string[] = [];
  const model = new ConfigSection(json["model_cfg"], "model_cfg", unsupported);
  const vision = new ConfigSection(model.value("vision_cfg"), "vision_cfg", unsupported);
  const text = new ConfigSection(model.value("text_cfg"), "text_cfg", unsupported);
  model.ignore("custom_text", "cast_dtype", "init_logit_scale", "init_logit_bias", "output_dict");
  // Of CoCa's decoder.
  model.ignore("multimodal_cfg");
  model.ignore("nonscalar_logit_scale");
  const quickGelu = model.flag("quick_gelu");
  const facts = {
    vision: readVisionSection(vision, quickGelu),
    text: readTextSection(text, quickGelu, settings),
  };
  const sizes = readSizes(model, vision, text, unsupported);
  model.refuseOthers();
  const preprocess = json["preprocess_cfg"];
  const preprocessing = parsePreprocess(isJsonObject(preprocess) ? preprocess : {});
  return {
    file,
    ...facts,
    ...preprocessing,
    sizes: [...sizes, ...preprocessing.sizes],
    unsupported: [...unsupported, ...preprocessing.unsupported],
  };
}

function readSizes(
  model: ConfigSection,
  vision: ConfigSection,
  text: ConfigSection,
  unsupported: string[],
): StatedSize[] {
  const sizes: StatedSize[] = [];
  const state = (key: string, value: unknown, of: StatedSize["of"]) => {
    if (value === undefined) return;
    const list = Array.isArray(value) ? value : undefined;
    if (of === "visionLayers" && list?.length === 4 && list.every((n) => positiveInteger(n))) {
      sizes.push({ key, of, value: list as number[] });
    } else if (of === "imageSize" && list?.length === 2 && list[0] === list[1]) {
      state(key, list[0], of);
    } else {
      const size = positiveInteger(value);
      if (size === undefined) unsupported.push(`${key} ${show(value)}`);
      else sizes.push({ key, of, value: size });
    }
  };
  const section = (from: ConfigSection, key: string, of: StatedSize["of"]) =>
    state(from.key(key), from.value(key), of);
  state("embed_dim", model.value("embed_dim"), "embedDim");
  section(vision, "image_size", "imageSize");
  // What else a config says of a tower of another library's is not what that is built with.
  if (vision.value("timm_model_name") === undefined) {
    section(vision, "patch_size", "patchSize");
    section(vision, "width", "visionWidth");
    section(vision, "layers", "visionLayers");
    section(vision, "attn_pooler_queries", "queries");
    stateMlp(vision, DEFAULT_VISION_WIDTH, "visionMlpWidth");
  }
  if (text.value("hf_model_name") === undefined) {
    // CoCa's class row has a position behind the context.
    const context = text.value("context_length");
    const rows = text.flag("embed_cls") && typeof context === "number" ? context + 1 : context;
    state(text.key("context_length"), rows, "positionRows");
    section(text, "vocab_size", "vocabSize");
    section(text, "width", "textWidth");
    section(text, "layers", "textLayers");
    stateMlp(text, DEFAULT_TEXT_WIDTH, "textMlpWidth");
  }
  return sizes;

  function stateMlp(from: ConfigSection, standard: number, of: StatedSize["of"]): void {
    const ratio = from.number("mlp_ratio");
    const width = positiveInteger(from.value("width")) ?? standard;
    if (ratio !== undefined && !Array.isArray(from.value("layers"))) {
      sizes.push({ key: `${from.key("mlp_ratio")} x width`, of, value: Math.floor(width * ratio) });
    }
  }
}
