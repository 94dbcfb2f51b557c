/**
 * The shapes of the published CLIP models, by OpenCLIP's architecture name.
 *
 * Sources: openai/CLIP `model.py` (shapes of the published files) and OpenCLIP's
 * `model_configs/*.json`.
 */
import { OPENAI_TEXT, OPENAI_VIT } from "../../checkpoint/openai.ts";
import type {
  Activation,
  ClipArchitecture,
  TextArchitecture,
  VisionArchitecture,
} from "../../checkpoint/state_dict.ts";
import {
  type Channels,
  OPENAI_MEAN,
  OPENAI_STD,
} from "../../checkpoint/configs/image_statistics.ts";

/** Statistics of models trained on images scaled to -1..1: both mean and standard deviation. */
export const HALF: Channels = [0.5, 0.5, 0.5];

/** Width of one head in OpenAI's models; a checkpoint's shapes do not tell it. */
const HEAD_WIDTH = 64;

interface Shape {
  embedDim: number;
  vision: VisionArchitecture;
  text: TextArchitecture;
}

function text(width: number, heads: number, layers: number): TextArchitecture {
  return {
    ...OPENAI_TEXT,
    contextLength: 77,
    positionRows: 77,
    vocabSize: 49408,
    width,
    heads,
    layers,
    mlpWidth: 4 * width,
  };
}

function vit(
  imageSize: number,
  patchSize: number,
  width: number,
  layers: number,
  headWidth = HEAD_WIDTH,
  mlpWidth = 4 * width,
): VisionArchitecture {
  return {
    ...OPENAI_VIT,
    imageSize,
    patchSize,
    width,
    layers,
    heads: width / headWidth,
    mlpWidth,
  };
}

function resnet(
  imageSize: number,
  width: number,
  layers: readonly [number, number, number, number],
): VisionArchitecture {
  return { kind: "resnet", imageSize, width, layers, heads: width * 32 / HEAD_WIDTH };
}

const SHAPES = {
  "RN50": { embedDim: 1024, vision: resnet(224, 64, [3, 4, 6, 3]), text: text(512, 8, 12) },
  "RN101": { embedDim: 512, vision: resnet(224, 64, [3, 4, 23, 3]), text: text(512, 8, 12) },
  "RN50x4": { embedDim: 640, vision: resnet(288, 80, [4, 6, 10, 6]), text: text(640, 10, 12) },
  "RN50x16": { embedDim: 768, vision: resnet(384, 96, [6, 8, 18, 8]), text: text(768, 12, 12) },
  "RN50x64": {
    embedDim: 1024,
    vision: resnet(448, 128, [3, 15, 36, 10]),
    text: text(1024, 16, 12),
  },
  "ViT-B-32": { embedDim: 512, vision: vit(224, 32, 768, 12), text: text(512, 8, 12) },
  "ViT-B-16": { embedDim: 512, vision: vit(224, 16, 768, 12), text: text(512, 8, 12) },
  "ViT-B-16-plus-240": { embedDim: 640, vision: vit(240, 16, 896, 12), text: text(640, 10, 12) },
  "ViT-L-14": { embedDim: 768, vision: vit(224, 14, 1024, 24), text: text(768, 12, 12) },
  "ViT-L-14-336": { embedDim: 768, vision: vit(336, 14, 1024, 24), text: text(768, 12, 12) },
  "ViT-H-14": { embedDim: 1024, vision: vit(224, 14, 1280, 32, 80), text: text(1024, 16, 24) },
  // The MLP ratio of 4.3637 comes out at 6144.
  "ViT-g-14": {
    embedDim: 1024,
    vision: vit(224, 14, 1408, 40, 88, 6144),
    text: text(1024, 16, 24),
  },
} satisfies Record<string, Shape>;

/** An architecture of the catalog, as OpenCLIP calls it. */
export type ArchitectureName = keyof typeof SHAPES;

/** The architecture called `name` with the given activation and image statistics. */
export function architectureOf(
  name: ArchitectureName,
  activation: Activation,
  mean: Channels = OPENAI_MEAN,
  std: Channels = OPENAI_STD,
): ClipArchitecture {
  const { embedDim, vision, text }: Shape = SHAPES[name];
  return {
    embedDim,
    similarity: "softmax",
    vision: vision.kind === "vit" ? { ...vision, activation } : vision,
    text: { ...text, activation },
    mean,
    std,
    imageLibrary: "torchvision",
  };
}
