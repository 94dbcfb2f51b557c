/**
 * Chinese-CLIP's models by the names that clip_server gave them. Source: cn_clip 1.6.0 (`utils.py`:
 * repositories and files; `model_configs/`: sizes).
 */
import { OPENAI_MEAN, OPENAI_STD } from "../../checkpoint/configs/image_statistics.ts";
import { resizeOf } from "../../checkpoint/facts.ts";
import { LAYOUTS } from "../../checkpoint/naming/layouts.ts";
import { OPENAI_TEXT } from "../../checkpoint/openai.ts";
import type { ClipArchitecture, TextArchitecture } from "../../checkpoint/state_dict.ts";
import { besideWeights } from "./beside.ts";
import type { CatalogEntry } from "./entry.ts";
import { FAMILIES } from "./families.ts";
import { bertSizes } from "./open_clip_architecture.ts";
import { OPENAI_MODELS } from "./openai.ts";
import { OPEN_CLIP_MODELS } from "./open_clip.ts";

/** Everybody's vocabulary is the same. */
const WITH_VOCABULARY = "OFA-Sys/chinese-clip-vit-base-patch16";

interface Row {
  name: string;
  repository: string;
  file: string;
  /** The model whose image tower has the same sizes. */
  sizes: string;
  /** RoBERTa-wwm-ext base or large, or RBT3: its first three layers. */
  text: "base" | "large" | "three";
}

const ROWS: readonly Row[] = [
  {
    name: "ViT-B-16",
    repository: "chinese-clip-vit-base-patch16",
    file: "clip_cn_vit-b-16.pt",
    sizes: "ViT-B-16::openai",
    text: "base",
  },
  {
    name: "ViT-L-14",
    repository: "chinese-clip-vit-large-patch14",
    file: "clip_cn_vit-l-14.pt",
    sizes: "ViT-L-14::openai",
    text: "base",
  },
  {
    name: "ViT-L-14-336",
    repository: "chinese-clip-vit-large-patch14-336px",
    file: "clip_cn_vit-l-14-336.pt",
    sizes: "ViT-L-14-336::openai",
    text: "base",
  },
  {
    name: "ViT-H-14",
    repository: "chinese-clip-vit-huge-patch14",
    file: "clip_cn_vit-h-14.pt",
    sizes: "ViT-H-14::laion2b-s32b-b79k",
    text: "large",
  },
  {
    name: "RN50",
    repository: "chinese-clip-rn50",
    file: "clip_cn_rn50.pt",
    sizes: "RN50::openai",
    text: "three",
  },
];

const LAYOUT = LAYOUTS.find(({ name }) => name === "chinese_clip");

function textTower(kind: Row["text"]): TextArchitecture {
  const { headWidth: _, ...facts } = { ...LAYOUT?.likely.text, ...LAYOUT?.facts.text };
  return {
    ...OPENAI_TEXT,
    contextLength: 52,
    ...facts,
    vocabSize: 21_128,
    positionRows: 512,
    tokenTypes: 2,
    ...bertSizes(kind === "large"),
    ...(kind === "three" ? { layers: 3 } : {}),
  };
}

function architectureOf({ sizes, text }: Row): ClipArchitecture {
  const model = [...OPENAI_MODELS, ...OPEN_CLIP_MODELS].find(({ name }) => name === sizes);
  if (model === undefined) throw new TypeError(`there is no ${sizes}`);
  const { embedDim, vision } = model.architecture;
  const resnet = vision.kind === "resnet";
  const stated = LAYOUT?.likely.resize;
  const resize = stated === undefined ? undefined : resizeOf(stated, vision.imageSize);
  return {
    embedDim,
    similarity: "softmax",
    vision: resnet ? vision : { ...vision, activation: "quick_gelu" },
    text: textTower(text),
    mean: OPENAI_MEAN,
    std: OPENAI_STD,
    // transformers has no ResNet: that one is in cn_clip's own layout alone.
    imageLibrary: resnet ? "torchvision" : "transformers",
    ...(resize === undefined ? {} : { resize }),
  };
}

function entry(row: Row): CatalogEntry {
  const architecture = architectureOf(row);
  const { publisher, languages, licence } = FAMILIES["chinese-clip"];
  const repository = `OFA-Sys/${row.repository}`;
  const transformers = architecture.vision.kind === "vit";
  return {
    name: `CN-CLIP/${row.name}`,
    aliases: [repository],
    family: "chinese-clip",
    publisher,
    languages,
    ...(licence === undefined ? {} : { licence }),
    architecture,
    checkpoints: [{
      kind: "hub",
      repository,
      files: [...(transformers ? ["model.safetensors", "pytorch_model.bin"] : []), row.file],
      beside: besideWeights({
        configs: transformers ? ["config.json", "preprocessor_config.json"] : [],
        tokenizers: ["vocab.txt"],
        ...(repository === WITH_VOCABULARY ? {} : { orOf: WITH_VOCABULARY }),
      }),
    }],
    cached: [],
    notes: [
      "Images are squashed to a square, as Chinese-CLIP does it; clip-as-service cropped them, so " +
      "its image embeddings differ.",
    ],
  };
}

/** Chinese-CLIP's models, in the order of clip_server's table. */
export const CHINESE_CLIP_MODELS: readonly CatalogEntry[] = ROWS.map(entry);
