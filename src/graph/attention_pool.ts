/** Pooling by attention: SigLIP's head, and CoCa's. */
import type { VisionTransformer } from "../checkpoint/state_dict.ts";
import { attention } from "./attention.ts";
import { type Layers, wholeLayer } from "./layers.ts";
import { inProjection, mlp } from "./transformer.ts";

/**
 * A learned probe attends to all rows, with an MLP behind it: timm `AttentionPoolLatent`, transformers `SiglipMultiheadAttentionPoolingHead`.
 *
 * @param x [N, L, width].
 * @returns [N, width].
 */
export function attentionPool(layers: Layers, prefix: string, tower: VisionTransformer, x: string) {
  const { graph } = layers;
  const { width, eps } = tower;
  const stored = layers.tensor(`${prefix}.probe`, [width]);
  const probe = layers.constant(`${prefix}.probe`, [1, 1, width], () => stored.read());
  const q = layers.linear(probe, `${prefix}.attn.q`, width, [inProjection(prefix, width, 0, 1)]);
  const kv = layers.linear(x, `${prefix}.attn.kv`, width, [inProjection(prefix, width, 1, 3)]);
  const [k, v] = graph.nodes("Split", 2, [kv], { axis: -1, num_outputs: 2 });
  const out = `${prefix}.attn.out_proj`;
  const mixed = attention(layers, tower, q, k!, v!);
  const pooled = layers.linear(mixed, out, width, [wholeLayer(out, width)]);
  const normed = layers.layerNorm(pooled, `${prefix}.ln`, width, eps);
  // The blocks' own variants end with the blocks.
  const plain = { ...tower, gated: false, innerNorms: false };
  const sum = graph.node("Add", [pooled, mlp(layers, `${prefix}.mlp`, plain, normed)]);
  return graph.node("Squeeze", [sum, graph.ints([1])]);
}

/**
 * What the first of several learned queries attends to; the others are for CoCa's decoder (OpenCLIP
 * transformer.py, `AttentionalPooler`).
 *
 * @param x [N, L, width].
 * @returns [N, embedDim].
 */
export function queryPool(
  layers: Layers,
  prefix: string,
  { width, eps }: VisionTransformer,
  { count, heads }: NonNullable<VisionTransformer["queries"]>,
  embedDim: number,
  x: string,
): string {
  const { graph } = layers;
  const stored = layers.tensor(`${prefix}.query`, [count, embedDim]);
  const query = layers.constant(
    `${prefix}.query.0`,
    [1, 1, embedDim],
    () => stored.read().slice(0, embedDim),
  );
  const rows = layers.layerNorm(x, `${prefix}.ln_k`, width, eps);
  const q = projected("q", 0, layers.layerNorm(query, `${prefix}.ln_q`, embedDim, eps), embedDim);
  const [k, v] = [projected("k", 1, rows, width), projected("v", 2, rows, width)];
  const out = `${prefix}.attn.out_proj`;
  const mixed = attention(layers, { width: embedDim, heads }, q, k, v);
  const pooled = layers.linear(mixed, out, embedDim, [wholeLayer(out, embedDim)]);
  return graph.node("Squeeze", [pooled, graph.ints([1])]);

  /** One of the projections, whose biases are stacked. */
  function projected(part: string, index: number, value: string, inWidth: number): string {
    return layers.linear(value, `${prefix}.attn.${part}`, inWidth, [{
      weight: `${prefix}.attn.${part}_proj_weight`,
      bias: `${prefix}.attn.in_proj_bias`,
      outWidth: embedDim,
      rows: [0, embedDim],
      biasFrom: index * embedDim,
      biasWidth: 3 * embedDim,
    }]);
  }
}
