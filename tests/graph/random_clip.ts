/**
 * CLIP models of any shape with seeded random weights, held in memory or made when read: enough to
 * build, run and compare graphs without a checkpoint file.
 */
import { OPENAI_TEXT, OPENAI_VIT } from "../../src/checkpoint/openai.ts";
import type {
  ClipArchitecture,
  ClipStateDict,
  LazyTensor,
} from "../../src/checkpoint/state_dict.ts";

const MEAN = [0.48145466, 0.4578275, 0.40821073] as const;
const STD = [0.26862954, 0.26130258, 0.27577711] as const;

/** A small architecture of each kind, with sizes that differ from one another where they may. */
export const SMALL_VIT: ClipArchitecture = {
  embedDim: 24,
  similarity: "softmax",
  vision: {
    ...OPENAI_VIT,
    imageSize: 32,
    patchSize: 8,
    width: 48,
    layers: 2,
    heads: 3,
    mlpWidth: 80,
  },
  text: {
    ...OPENAI_TEXT,
    contextLength: 77,
    positionRows: 77,
    vocabSize: 120,
    width: 32,
    heads: 2,
    layers: 2,
    mlpWidth: 128,
  },
  mean: MEAN,
  std: STD,
  imageLibrary: "torchvision",
};

/** A small ResNet whose stages have different block counts. */
export const SMALL_RESNET: ClipArchitecture = {
  ...SMALL_VIT,
  vision: { kind: "resnet", imageSize: 64, width: 8, layers: [1, 2, 1, 1], heads: 4 },
};

/** ViT-B/32 as OpenAI published it. */
export const VIT_B_32: ClipArchitecture = {
  embedDim: 512,
  similarity: "softmax",
  vision: {
    ...OPENAI_VIT,
    imageSize: 224,
    patchSize: 32,
    width: 768,
    layers: 12,
    heads: 12,
    mlpWidth: 3072,
  },
  text: {
    ...OPENAI_TEXT,
    contextLength: 77,
    positionRows: 77,
    vocabSize: 49408,
    width: 512,
    heads: 8,
    layers: 12,
    mlpWidth: 2048,
  },
  mean: MEAN,
  std: STD,
  imageLibrary: "torchvision",
};

/** RN50 as OpenAI published it. */
export const RN50: ClipArchitecture = {
  ...VIT_B_32,
  embedDim: 1024,
  vision: { kind: "resnet", imageSize: 224, width: 64, layers: [3, 4, 6, 3], heads: 32 },
};

/** How a tensor's values are drawn: normal with `spread` around `centre`. */
interface Draw {
  shape: readonly number[];
  spread: number;
  centre?: number;
  positive?: boolean;
}

/** A state dict of `architecture`; the same seed gives the same weights, whatever is read first. */
export function randomClip(architecture: ClipArchitecture, seed = 1): ClipStateDict {
  const draws = new Map<string, Draw>();
  const { embedDim, text, vision } = architecture;
  const norm = (name: string, width: number) => {
    draws.set(`${name}.weight`, { shape: [width], spread: 0.1, centre: 1 });
    draws.set(`${name}.bias`, { shape: [width], spread: 0.05 });
  };
  const linear = (name: string, outWidth: number, inWidth: number) => {
    draws.set(`${name}.weight`, { shape: [outWidth, inWidth], spread: inWidth ** -0.5 });
    draws.set(`${name}.bias`, { shape: [outWidth], spread: 0.02 });
  };
  const transformer = (prefix: string, width: number, layers: number, mlpWidth: number) => {
    for (let i = 0; i < layers; i++) {
      const block = `${prefix}.resblocks.${i}`;
      norm(`${block}.ln_1`, width);
      draws.set(`${block}.attn.in_proj_weight`, {
        shape: [3 * width, width],
        spread: width ** -0.5,
      });
      draws.set(`${block}.attn.in_proj_bias`, { shape: [3 * width], spread: 0.02 });
      linear(`${block}.attn.out_proj`, width, width);
      norm(`${block}.ln_2`, width);
      linear(`${block}.mlp.c_fc`, mlpWidth, width);
      linear(`${block}.mlp.c_proj`, width, mlpWidth);
    }
  };
  const convolution = (conv: string, bn: string, to: number, from: number, kernel: number) => {
    const spread = (2 / (from * kernel * kernel)) ** 0.5;
    draws.set(`${conv}.weight`, { shape: [to, from, kernel, kernel], spread });
    norm(bn, to);
    draws.set(`${bn}.running_mean`, { shape: [to], spread: 0.1 });
    draws.set(`${bn}.running_var`, { shape: [to], spread: 0.2, centre: 1, positive: true });
  };

  draws.set("token_embedding.weight", { shape: [text.vocabSize, text.width], spread: 0.4 });
  draws.set("positional_embedding", { shape: [text.contextLength, text.width], spread: 0.1 });
  transformer("transformer", text.width, text.layers, text.mlpWidth);
  norm("ln_final", text.width);
  draws.set("text_projection", { shape: [text.width, embedDim], spread: text.width ** -0.5 });
  draws.set("logit_scale", { shape: [], spread: 0, centre: 4.6 });

  if (vision.kind === "vit") {
    const { width, patchSize } = vision;
    const rows = (vision.imageSize / patchSize) ** 2 + 1;
    const fanIn = 3 * patchSize * patchSize;
    draws.set("visual.conv1.weight", {
      shape: [width, 3, patchSize, patchSize],
      spread: fanIn ** -0.5,
    });
    draws.set("visual.class_embedding", { shape: [width], spread: 0.4 });
    draws.set("visual.positional_embedding", { shape: [rows, width], spread: 0.1 });
    norm("visual.ln_pre", width);
    transformer("visual.transformer", width, vision.layers, vision.mlpWidth);
    norm("visual.ln_post", width);
    draws.set("visual.proj", { shape: [width, embedDim], spread: width ** -0.5 });
  } else {
    const { width } = vision;
    convolution("visual.conv1", "visual.bn1", width / 2, 3, 3);
    convolution("visual.conv2", "visual.bn2", width / 2, width / 2, 3);
    convolution("visual.conv3", "visual.bn3", width, width / 2, 3);
    let channels = width;
    vision.layers.forEach((blocks, stage) => {
      const inside = width * 2 ** stage;
      for (let i = 0; i < blocks; i++) {
        const block = `visual.layer${stage + 1}.${i}`;
        convolution(`${block}.conv1`, `${block}.bn1`, inside, channels, 1);
        convolution(`${block}.conv2`, `${block}.bn2`, inside, inside, 3);
        convolution(`${block}.conv3`, `${block}.bn3`, inside * 4, inside, 1);
        if (i === 0) {
          convolution(`${block}.downsample.0`, `${block}.downsample.1`, inside * 4, channels, 1);
        }
        channels = inside * 4;
      }
    });
    const positions = (vision.imageSize / 32) ** 2 + 1;
    draws.set("visual.attnpool.positional_embedding", {
      shape: [positions, channels],
      spread: 0.1,
    });
    for (const part of ["q_proj", "k_proj", "v_proj"]) {
      linear(`visual.attnpool.${part}`, channels, channels);
    }
    linear("visual.attnpool.c_proj", embedDim, channels);
  }

  const tensors = new Map<string, LazyTensor>();
  let index = 0;
  for (const [name, draw] of draws) tensors.set(name, randomTensor(draw, seed * 10007 + index++));
  return { architecture, tensors, notes: [], close() {} };
}

/** Numbers in [0, 1): mulberry32. */
export function randomNumbers(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

function randomTensor({ shape, spread, centre = 0, positive }: Draw, seed: number): LazyTensor {
  const read = () => {
    const next = randomNumbers(seed);
    const count = shape.reduce((product, size) => product * size, 1);
    const values = new Float32Array(count);
    for (let i = 0; i < count; i++) {
      // Four uniforms are normal enough, and much cheaper than a logarithm.
      const normal = (next() + next() + next() + next() - 2) * 3 ** 0.5;
      values[i] = centre + spread * normal;
      if (positive) values[i] = Math.abs(values[i]!) + 0.1;
    }
    return values;
  };
  return { dtype: "float32", shape, read, readRaw: () => new Uint8Array(read().buffer) };
}
