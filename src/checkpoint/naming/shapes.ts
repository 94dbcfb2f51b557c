/**
 * Which tensors of which shapes a model has: OpenAI's `model.py` as a table, with names in its manner
 * for what OpenAI's models do not have.
 */

import type {
  ModifiedResNet,
  TextArchitecture,
  TransformerBlocks,
  VisionArchitecture,
  VisionTransformer,
} from "../state_dict.ts";

/** Name -> shape of every tensor of a model, `num_batches_tracked` apart. */
export type ShapeTable = Map<string, readonly number[]>;

/** What shapes depend on: heads and activation leave no trace in them. */
export interface TensorSizes {
  readonly embedDim: number;
  /** With `sigmoid` there is a bias beside the scale. */
  readonly similarity: "softmax" | "sigmoid";
  readonly vision: VisionArchitecture;
  readonly text: TextArchitecture;
}

/** Every tensor of the model with its shape, in OpenAI's order. */
export function expectedShapes({ embedDim, similarity, vision, text }: TensorSizes): ShapeTable {
  const table: ShapeTable = new Map();
  table.set("positional_embedding", [text.positionRows, text.width]);
  textProjectionShapes(table, text, embedDim);
  table.set("logit_scale", []);
  if (similarity === "sigmoid") table.set("logit_bias", []);
  if (vision.kind === "vit") vitShapes(table, vision, embedDim);
  else resnetShapes(table, vision, embedDim);
  textShapes(table, text);
  return table;
}

/** Whether a tensor is of the text tower; all others but the logits' scale are the vision tower's. */
export function isOfText(name: string): boolean {
  return !name.startsWith("visual.") && !name.startsWith("logit_");
}

/** Width between the two layers of a text projection of kind `mlp` (OpenCLIP's `hf_model.py`). */
export function projectionHiddenWidth(width: number, embedDim: number): number {
  return Math.floor((width + embedDim) / 2);
}

/** Width of what pooling gives: OpenCLIP's attentional pooler has the embedding's already. */
export function pooledWidth({ queries, width }: VisionTransformer, embedDim: number): number {
  return queries === null ? width : embedDim;
}

function textProjectionShapes(
  table: ShapeTable,
  { width, projection }: TextArchitecture,
  embedDim: number,
): void {
  if (projection === "matrix") table.set("text_projection", [width, embedDim]);
  else if (projection === "linear") linear(table, "text_projection", width, embedDim);
  else if (projection === "mlp") {
    const hidden = projectionHiddenWidth(width, embedDim);
    table.set("text_projection.0.weight", [hidden, width]);
    table.set("text_projection.2.weight", [embedDim, hidden]);
  }
}

function textShapes(table: ShapeTable, text: TextArchitecture): void {
  blockShapes(table, "transformer", text);
  table.set("token_embedding.weight", [text.vocabSize, text.width]);
  if (text.pooling.kind === "class") table.set("class_embedding", [text.width]);
  if (text.tokenTypes > 0) table.set("token_type_embedding", [text.tokenTypes, text.width]);
  if (text.embeddingNorm) norm(table, "ln_embed", text.width);
  if (text.finalNorm) norm(table, "ln_final", text.width);
}

function vitShapes(table: ShapeTable, vision: VisionTransformer, embedDim: number): void {
  const { width, patchSize } = vision;
  const grid = Math.floor(vision.imageSize / patchSize);
  if (vision.classToken) table.set("visual.class_embedding", [width]);
  table.set("visual.positional_embedding", [grid * grid + (vision.classToken ? 1 : 0), width]);
  const pooled = pooledWidth(vision, embedDim);
  if (vision.projection === "matrix") table.set("visual.proj", [pooled, embedDim]);
  table.set("visual.conv1.weight", [width, 3, patchSize, patchSize]);
  if (vision.patchBias) table.set("visual.conv1.bias", [width]);
  if (vision.preNorm) norm(table, "visual.ln_pre", width);
  blockShapes(table, "visual.transformer", vision);
  norm(table, "visual.ln_post", pooled);
  if (vision.projection === "linear") linear(table, "visual.proj", pooled, embedDim);
  if (vision.pooling === "map") {
    const pool = "visual.attn_pool";
    table.set(`${pool}.probe`, [width]);
    attentionShapes(table, pool, width);
    norm(table, `${pool}.ln`, width);
    linear(table, `${pool}.mlp.c_fc`, width, vision.mlpWidth);
    linear(table, `${pool}.mlp.c_proj`, vision.mlpWidth, width);
  }
  if (vision.queries !== null) queryShapes(table, width, pooled, vision.queries.count);
}

/** Queries of the embedding's width, which attend to rows of the tower's. */
function queryShapes(table: ShapeTable, width: number, pooled: number, count: number): void {
  const pool = "visual.attn_pool";
  table.set(`${pool}.query`, [count, pooled]);
  table.set(`${pool}.attn.q_proj_weight`, [pooled, pooled]);
  table.set(`${pool}.attn.k_proj_weight`, [pooled, width]);
  table.set(`${pool}.attn.v_proj_weight`, [pooled, width]);
  table.set(`${pool}.attn.in_proj_bias`, [3 * pooled]);
  linear(table, `${pool}.attn.out_proj`, pooled, pooled);
  norm(table, `${pool}.ln_q`, pooled);
  norm(table, `${pool}.ln_k`, width);
}

function blockShapes(table: ShapeTable, prefix: string, blocks: TransformerBlocks): void {
  const { width, layers, mlpWidth } = blocks;
  for (let i = 0; i < layers; i++) {
    const block = `${prefix}.resblocks.${i}`;
    attentionShapes(table, block, width);
    if (blocks.innerNorms) norm(table, `${block}.attn.ln`, width);
    norm(table, `${block}.ln_1`, width);
    linear(table, `${block}.mlp.c_fc`, width, mlpWidth);
    if (blocks.gated) linear(table, `${block}.mlp.c_gate`, width, mlpWidth);
    if (blocks.innerNorms) norm(table, `${block}.mlp.ln`, mlpWidth);
    linear(table, `${block}.mlp.c_proj`, mlpWidth, width);
    norm(table, `${block}.ln_2`, width);
    if (blocks.layerScale) {
      table.set(`${block}.ls_1.gamma`, [width]);
      table.set(`${block}.ls_2.gamma`, [width]);
    }
  }
}

function attentionShapes(table: ShapeTable, prefix: string, width: number): void {
  table.set(`${prefix}.attn.in_proj_weight`, [3 * width, width]);
  table.set(`${prefix}.attn.in_proj_bias`, [3 * width]);
  linear(table, `${prefix}.attn.out_proj`, width, width);
}

function resnetShapes(
  table: ShapeTable,
  { width, layers, imageSize }: ModifiedResNet,
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

function norm(table: ShapeTable, name: string, width: number): void {
  table.set(`${name}.weight`, [width]);
  table.set(`${name}.bias`, [width]);
}

function linear(table: ShapeTable, name: string, inWidth: number, outWidth: number): void {
  table.set(`${name}.weight`, [outWidth, inWidth]);
  table.set(`${name}.bias`, [outWidth]);
}

function batchNorm(table: ShapeTable, name: string, channels: number): void {
  for (const part of ["weight", "bias", "running_mean", "running_var"]) {
    table.set(`${name}.${part}`, [channels]);
  }
}
