/** SigLIP's head: a learned probe attends to all rows, with an MLP behind it. */
import type { VisionTransformer } from "../checkpoint/state_dict.ts";
import { attention } from "./attention.ts";
import { type Layers, wholeLayer } from "./layers.ts";
import { inProjection, mlp } from "./transformer.ts";

/**
 * timm `AttentionPoolLatent`, transformers `SiglipMultiheadAttentionPoolingHead`.
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
