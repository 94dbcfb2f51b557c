/** CLIP's pre-norm transformer (openai/CLIP model.py, `Transformer`), with one row as its result. */
import { attention, type AttentionShape } from "./attention.ts";
import { type Layers, wholeLayer } from "./layers.ts";

/** Sizes of a transformer. */
export interface TransformerShape extends AttentionShape {
  readonly layers: number;
  readonly mlpWidth: number;
}

/** How one row of each sequence is read. */
export interface PooledRow {
  /** Takes the row: [N, L, width] -> [N, 1, width]. */
  take(x: string): string;
  /** Mask of that row, added to its scores [N, heads, 1, L]. */
  readonly mask?: string;
}

/**
 * All blocks, of which the last computes only what the pooled row needs: keys and values of every
 * row, and everything else of that row alone. It gives the same numbers for less work.
 *
 * @param x [N, L, width].
 * @param mask Added to the scores [N, heads, L, L].
 * @returns [N, 1, width].
 */
export function transformer(
  layers: Layers,
  prefix: string,
  shape: TransformerShape,
  x: string,
  pooled: PooledRow,
  mask?: string,
): string {
  for (let i = 0; i < shape.layers - 1; i++) {
    x = block(layers, `${prefix}.resblocks.${i}`, shape, x, mask);
  }
  return lastBlock(layers, `${prefix}.resblocks.${shape.layers - 1}`, shape, x, pooled);
}

function block(
  layers: Layers,
  prefix: string,
  shape: TransformerShape,
  x: string,
  mask?: string,
): string {
  const { width } = shape;
  const normed = layers.layerNorm(x, `${prefix}.ln_1`, width);
  const qkv = layers.linear(normed, `${prefix}.attn.qkv`, width, [
    inProjection(prefix, width, 0, 3),
  ]);
  const [q, k, v] = layers.graph.nodes("Split", 3, [qkv], { axis: -1, num_outputs: 3 });
  return rest(layers, prefix, shape, x, attention(layers, shape, q!, k!, v!, mask));
}

function lastBlock(
  layers: Layers,
  prefix: string,
  shape: TransformerShape,
  x: string,
  pooled: PooledRow,
): string {
  const { width } = shape;
  const normed = layers.layerNorm(x, `${prefix}.ln_1`, width);
  const row = pooled.take(normed);
  const q = layers.linear(row, `${prefix}.attn.q`, width, [inProjection(prefix, width, 0, 1)]);
  const kv = layers.linear(normed, `${prefix}.attn.kv`, width, [inProjection(prefix, width, 1, 3)]);
  const [k, v] = layers.graph.nodes("Split", 2, [kv], { axis: -1, num_outputs: 2 });
  const mixed = attention(layers, shape, q, k!, v!, pooled.mask);
  return rest(layers, prefix, shape, pooled.take(x), mixed);
}

/** What follows the attention: its output layer, the residual, and the MLP with its own. */
function rest(
  layers: Layers,
  prefix: string,
  { width, mlpWidth }: TransformerShape,
  x: string,
  mixed: string,
): string {
  const { graph } = layers;
  const out = `${prefix}.attn.out_proj`;
  x = graph.node("Add", [x, layers.linear(mixed, out, width, [wholeLayer(out, width)])]);
  const normed = layers.layerNorm(x, `${prefix}.ln_2`, width);
  const fc = `${prefix}.mlp.c_fc`;
  const hidden = layers.activation(layers.linear(normed, fc, width, [wholeLayer(fc, mlpWidth)]));
  const proj = `${prefix}.mlp.c_proj`;
  return graph.node("Add", [
    x,
    layers.linear(hidden, proj, mlpWidth, [wholeLayer(proj, width)]),
  ]);
}

/** Query (0), key (1) and value (2) rows of the stacked input projection, `from` up to `to`. */
function inProjection(prefix: string, width: number, from: number, to: number) {
  return {
    weight: `${prefix}.attn.in_proj_weight`,
    bias: `${prefix}.attn.in_proj_bias`,
    outWidth: 3 * width,
    rows: [from * width, to * width] as const,
  };
}
