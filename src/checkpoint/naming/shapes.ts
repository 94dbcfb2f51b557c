/** Which tensors of which shapes a CLIP model has: OpenAI's `model.py` as a table. */

import type { TextArchitecture, VisionArchitecture } from "../state_dict.ts";

/** Name -> shape of every tensor of a model, `num_batches_tracked` apart. */
export type ShapeTable = Map<string, readonly number[]>;

/** The sizes that shapes depend on; heads and activation leave no trace in them. */
export interface TensorSizes {
  readonly embedDim: number;
  readonly vision: VisionArchitecture;
  readonly text: TextArchitecture;
}

/** Every tensor of the model with its shape, under OpenAI's names and in OpenAI's order. */
export function expectedShapes({ embedDim, vision, text }: TensorSizes): ShapeTable {
  const table: ShapeTable = new Map();
  table.set("positional_embedding", [text.contextLength, text.width]);
  table.set("text_projection", [text.width, embedDim]);
  table.set("logit_scale", []);
  if (vision.kind === "vit") vitShapes(table, vision, embedDim);
  else resnetShapes(table, vision, embedDim);
  blockShapes(table, "transformer", text);
  table.set("token_embedding.weight", [text.vocabSize, text.width]);
  layerNorm(table, "ln_final", text.width);
  return table;
}

function vitShapes(
  table: ShapeTable,
  vision: Extract<VisionArchitecture, { kind: "vit" }>,
  embedDim: number,
): void {
  const { width, patchSize } = vision;
  const grid = Math.floor(vision.imageSize / patchSize);
  table.set("visual.class_embedding", [width]);
  table.set("visual.positional_embedding", [grid * grid + 1, width]);
  table.set("visual.proj", [width, embedDim]);
  table.set("visual.conv1.weight", [width, 3, patchSize, patchSize]);
  layerNorm(table, "visual.ln_pre", width);
  blockShapes(table, "visual.transformer", vision);
  layerNorm(table, "visual.ln_post", width);
}

function blockShapes(
  table: ShapeTable,
  prefix: string,
  { width, layers, mlpWidth }: { width: number; layers: number; mlpWidth: number },
): void {
  for (let i = 0; i < layers; i++) {
    const block = `${prefix}.resblocks.${i}`;
    table.set(`${block}.attn.in_proj_weight`, [3 * width, width]);
    table.set(`${block}.attn.in_proj_bias`, [3 * width]);
    table.set(`${block}.attn.out_proj.weight`, [width, width]);
    table.set(`${block}.attn.out_proj.bias`, [width]);
    layerNorm(table, `${block}.ln_1`, width);
    table.set(`${block}.mlp.c_fc.weight`, [mlpWidth, width]);
    table.set(`${block}.mlp.c_fc.bias`, [mlpWidth]);
    table.set(`${block}.mlp.c_proj.weight`, [width, mlpWidth]);
    table.set(`${block}.mlp.c_proj.bias`, [width]);
    layerNorm(table, `${block}.ln_2`, width);
  }
}

function resnetShapes(
  table: ShapeTable,
  { width, layers, imageSize }: Extract<VisionArchitecture, { kind: "resnet" }>,
  embedDim: number,
): void {
  const convNorm = (conv: string, norm: string, shape: readonly number[]) => {
    table.set(`${conv}.weight`, shape);
    batchNorm(table, norm, shape[0] as number);
  };
  const half = width / 2;
  convNorm("visual.conv1", "visual.bn1", [half, 3, 3, 3]);
  convNorm("visual.conv2", "visual.bn2", [half, half, 3, 3]);
  convNorm("visual.conv3", "visual.bn3", [width, half, 3, 3]);
  let channels = width;
  layers.forEach((blocks, stage) => {
    const planes = width * 2 ** stage;
    for (let i = 0; i < blocks; i++) {
      const block = `visual.layer${stage + 1}.${i}`;
      convNorm(`${block}.conv1`, `${block}.bn1`, [planes, channels, 1, 1]);
      convNorm(`${block}.conv2`, `${block}.bn2`, [planes, planes, 3, 3]);
      convNorm(`${block}.conv3`, `${block}.bn3`, [planes * 4, planes, 1, 1]);
      // Every stage's first block changes either the channels or the resolution.
      if (i === 0) {
        convNorm(`${block}.downsample.0`, `${block}.downsample.1`, [planes * 4, channels, 1, 1]);
      }
      channels = planes * 4;
    }
  });
  const grid = Math.floor(imageSize / 32);
  table.set("visual.attnpool.positional_embedding", [grid * grid + 1, channels]);
  for (const part of ["k_proj", "q_proj", "v_proj"]) {
    table.set(`visual.attnpool.${part}.weight`, [channels, channels]);
    table.set(`visual.attnpool.${part}.bias`, [channels]);
  }
  table.set("visual.attnpool.c_proj.weight", [embedDim, channels]);
  table.set("visual.attnpool.c_proj.bias", [embedDim]);
}

function layerNorm(table: ShapeTable, name: string, width: number): void {
  table.set(`${name}.weight`, [width]);
  table.set(`${name}.bias`, [width]);
}

function batchNorm(table: ShapeTable, name: string, channels: number): void {
  for (const part of ["weight", "bias", "running_mean", "running_var"]) {
    table.set(`${name}.${part}`, [channels]);
  }
}
