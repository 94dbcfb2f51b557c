/** Multi-head attention over activations [N, L, width], as nodes that ONNX Runtime runs well. */
import type { Layers } from "./layers.ts";

/** Sizes of an attention layer. */
export interface AttentionShape {
  readonly width: number;
  readonly heads: number;
}

/**
 * Scaled dot-product attention.
 *
 * @param query [N, Lq, width], `key` and `value` [N, Lk, width].
 * @param mask Added to the scores, broadcast to [N, heads, Lq, Lk].
 * @returns [N, Lq, width].
 */
export function attention(
  layers: Layers,
  { width, heads }: AttentionShape,
  query: string,
  key: string,
  value: string,
  mask?: string,
): string {
  const { graph } = layers;
  const split = graph.ints([0, 0, heads, width / heads]);
  const perHead = (x: string, perm: readonly number[]) =>
    graph.node("Transpose", [graph.node("Reshape", [x, split])], { perm });
  const scaled = graph.node("Mul", [query, layers.scalar((width / heads) ** -0.5)]);
  const q = perHead(scaled, [0, 2, 1, 3]);
  const k = perHead(key, [0, 2, 3, 1]);
  const v = perHead(value, [0, 2, 1, 3]);
  let scores = graph.node("MatMul", [q, k]);
  if (mask !== undefined) scores = graph.node("Add", [scores, mask]);
  const mixed = graph.node("MatMul", [graph.node("Softmax", [scores], { axis: -1 }), v]);
  const joined = graph.node("Transpose", [mixed], { perm: [0, 2, 1, 3] });
  return graph.node("Reshape", [joined, graph.ints([0, 0, width])]);
}
