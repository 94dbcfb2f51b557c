/**
 * SigLIP and SigLIP 2 as Google publishes them for transformers. The weights are those of OpenCLIP's
 * models, but transformers reads texts and resizes images another way, so their embeddings differ,
 * and these are models of their own. Those of variable resolution (NaFlex) are not among them.
 */
import { parseTransformersConfig } from "../../checkpoint/configs/transformers.ts";
import { resizeOf } from "../../checkpoint/facts.ts";
import type { ClipArchitecture } from "../../checkpoint/state_dict.ts";
import { besideWeights } from "./beside.ts";
import type { CatalogEntry } from "./entry.ts";
import { FAMILIES } from "./families.ts";
import { OPEN_CLIP_MODELS } from "./open_clip.ts";

/** Google's name, the architecture of OpenCLIP's with the same sizes, and the image's if others. */
type Row = readonly [name: string, architecture: string, imageSize?: number];

const SIGLIP: readonly Row[] = [
  ["base-patch16-224", "ViT-B-16-SigLIP"],
  ["base-patch16-256", "ViT-B-16-SigLIP-256"],
  ["base-patch16-256-multilingual", "ViT-B-16-SigLIP-i18n-256"],
  ["base-patch16-384", "ViT-B-16-SigLIP-384"],
  ["base-patch16-512", "ViT-B-16-SigLIP-512"],
  ["large-patch16-256", "ViT-L-16-SigLIP-256"],
  ["large-patch16-384", "ViT-L-16-SigLIP-384"],
  ["so400m-patch14-224", "ViT-SO400M-14-SigLIP"],
  ["so400m-patch14-384", "ViT-SO400M-14-SigLIP-384"],
  ["so400m-patch16-256-i18n", "ViT-SO400M-16-SigLIP-i18n-256"],
];

const SIGLIP2: readonly Row[] = [
  ["base-patch32-256", "ViT-B-32-SigLIP2-256"],
  ["base-patch16-224", "ViT-B-16-SigLIP2"],
  ["base-patch16-256", "ViT-B-16-SigLIP2-256"],
  ["base-patch16-384", "ViT-B-16-SigLIP2-384"],
  ["base-patch16-512", "ViT-B-16-SigLIP2-512"],
  ["large-patch16-256", "ViT-L-16-SigLIP2-256"],
  ["large-patch16-384", "ViT-L-16-SigLIP2-384"],
  ["large-patch16-512", "ViT-L-16-SigLIP2-512"],
  ["so400m-patch14-224", "ViT-SO400M-14-SigLIP2"],
  ["so400m-patch14-384", "ViT-SO400M-14-SigLIP2-378", 384],
  ["so400m-patch16-256", "ViT-SO400M-16-SigLIP2-256"],
  ["so400m-patch16-384", "ViT-SO400M-16-SigLIP2-384"],
  ["so400m-patch16-512", "ViT-SO400M-16-SigLIP2-512"],
  ["giant-opt-patch16-256", "ViT-gopt-16-SigLIP2-256"],
  ["giant-opt-patch16-384", "ViT-gopt-16-SigLIP2-384"],
];

/** What the config of such a model says where it says no sizes. */
function configOf(second: boolean) {
  const config = { model_type: "siglip", vision_config: {}, text_config: {} };
  const settings = second ? { className: "GemmaTokenizer" } : {};
  return parseTransformersConfig(config, "config.json", settings);
}

function architectureOf(
  { architecture }: CatalogEntry,
  second: boolean,
  imageSize = architecture.vision.imageSize,
): ClipArchitecture {
  const { vision, text } = configOf(second);
  if (architecture.vision.kind !== "vit") throw new TypeError("SigLIP has no ResNet");
  const filter = second ? "bilinear" : "bicubic";
  const resize = resizeOf({ filter, fill: 0, mode: "squash" }, imageSize);
  const { headWidth: _v, heads: _vh, queryHeads: _q, ...ofImages } = vision ?? {};
  const { headWidth: _t, heads: _th, ...ofTexts } = text ?? {};
  const { contextLength } = architecture.text;
  return {
    ...architecture,
    vision: { ...architecture.vision, ...ofImages, imageSize },
    text: { ...architecture.text, ...ofTexts, contextLength },
    imageLibrary: "transformers",
    ...(resize === undefined ? {} : { resize }),
  };
}

function entries(family: "siglip" | "siglip2", rows: readonly Row[]): CatalogEntry[] {
  const second = family === "siglip2";
  return rows.map(([name, architecture, imageSize]) => {
    const model = OPEN_CLIP_MODELS.find((each) => each.name === `${architecture}::webli`);
    if (model === undefined) throw new TypeError(`there is no ${architecture}`);
    const repository = `google/${family}-${name}`;
    const { publisher, licence } = FAMILIES[family];
    return {
      name: repository,
      aliases: [],
      family,
      publisher,
      languages: model.languages,
      ...(licence === undefined ? {} : { licence }),
      architecture: architectureOf(model, second, imageSize),
      checkpoints: [{
        kind: "hub",
        repository,
        files: ["model.safetensors", "model.safetensors.index.json", "pytorch_model.bin"],
        beside: besideWeights({
          configs: ["config.json", "preprocessor_config.json"],
          tokenizers: second ? ["tokenizer.json"] : ["spiece.model", "tokenizer.json"],
        }),
      }],
      cached: [],
      notes: [
        `The weights of ${model.name}, computed as transformers does it: with GELU's approximation ` +
        `by tanh, ${second ? "bilinear resize, " : ""}and texts read as transformers reads them.`,
      ],
    };
  });
}

/** Google's models, SigLIP's first. */
export const SIGLIP_MODELS: readonly CatalogEntry[] = [
  ...entries("siglip", SIGLIP),
  ...entries("siglip2", SIGLIP2),
];
