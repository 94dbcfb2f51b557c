/**
 * Transformer blocks as their description has them (openai/CLIP model.py, `Transformer`; BERT's; the
 * variants of both).
 */
import type { TransformerBlocks } from "../checkpoint/state_dict.ts";
import { attention } from "./attention.ts";
import { type Layers, wholeLayer } from "./layers.ts";

/** What is added to attention beside its weights. */
export interface BlockContext {
  /** Added to the scores [N, heads, L, L]. */
  readonly mask?: string | undefined;
  /** Turns queries and keys [N, L, width] by their positions. */
  readonly rotate?: ((x: string) => string) | undefined;
}

/** How one row of each sequence is read. */
export interface PooledRow {
  /** Takes the row: [N, L, width] -> [N, 1, width]. */
  take(x: string): string;
  /** Mask of that row, added to its scores [N, heads, 1, L]. */
  readonly mask?: string | undefined;
}

/**
 * All blocks, every row of the last one, too.
 *
 * @param x [N, L, width].
 * @returns [N, L, width].
 */
export function transformer(
  layers: Layers,
  prefix: string,
  blocks: TransformerBlocks,
  x: string,
  context: BlockContext,
): string {
  for (let i = 0; i < blocks.layers; i++) {
    x = block(layers, `${prefix}.resblocks.${i}`, blocks, x, context);
  }
  return x;
}

/**
 * All blocks, of which the last computes only what the pooled row needs: keys and values of every
 * row, and everything else of that row alone. It gives the same numbers for less work.
 *
 * @param x [N, L, width].
 * @returns [N, 1, width].
 */
export function transformerRow(
  layers: Layers,
  prefix: string,
  blocks: TransformerBlocks,
  x: string,
  context: BlockContext,
  pooled: PooledRow,
): string {
  const before = transformer(layers, prefix, { ...blocks, layers: blocks.layers - 1 }, x, context);
  return lastBlock(
    layers,
    `${prefix}.resblocks.${blocks.layers - 1}`,
    blocks,
    before,
    context,
    pooled,
  );
}

function block(
  layers: Layers,
  prefix: string,
  blocks: TransformerBlocks,
  x: string,
  { mask, rotate }: BlockContext,
): string {
  const { width } = blocks;
  const input = attentionInput(layers, prefix, blocks, x);
  const qkv = layers.linear(input, `${prefix}.attn.qkv`, width, [
    inProjection(prefix, width, 0, 3),
  ]);
  const [q, k, v] = layers.graph.nodes("Split", 3, [qkv], { axis: -1, num_outputs: 3 });
  const turned = (value: string) => rotate === undefined ? value : rotate(value);
  const mixed = attention(layers, blocks, turned(q!), turned(k!), v!, mask);
  return rest(layers, prefix, blocks, x, mixed);
}

function lastBlock(
  layers: Layers,
  prefix: string,
  blocks: TransformerBlocks,
  x: string,
  { rotate }: BlockContext,
  pooled: PooledRow,
): string {
  const { width } = blocks;
  const input = attentionInput(layers, prefix, blocks, x);
  const q = layers.linear(pooled.take(input), `${prefix}.attn.q`, width, [
    inProjection(prefix, width, 0, 1),
  ]);
  const kv = layers.linear(input, `${prefix}.attn.kv`, width, [inProjection(prefix, width, 1, 3)]);
  const [k, v] = layers.graph.nodes("Split", 2, [kv], { axis: -1, num_outputs: 2 });
  // A pooled row is the class row, which has no position to be turned by.
  const keys = rotate === undefined ? k! : rotate(k!);
  const mixed = attention(layers, blocks, q, keys, v!, pooled.mask);
  return rest(layers, prefix, blocks, pooled.take(x), mixed);
}

function attentionInput(
  layers: Layers,
  prefix: string,
  { norm, width, eps }: TransformerBlocks,
  x: string,
): string {
  return norm === "pre" ? layers.layerNorm(x, `${prefix}.ln_1`, width, eps) : x;
}

/** What follows the attention: its output layer, the residual, and the MLP with its own. */
function rest(
  layers: Layers,
  prefix: string,
  blocks: TransformerBlocks,
  x: string,
  mixed: string,
): string {
  const { width, eps, norm, innerNorms } = blocks;
  const out = `${prefix}.attn.out_proj`;
  const inner = innerNorms ? layers.layerNorm(mixed, `${prefix}.attn.ln`, width, eps) : mixed;
  const attended = layers.linear(inner, out, width, [wholeLayer(out, width)]);
  x = add(layers, `${prefix}.ls_1.gamma`, blocks, x, attended);
  if (norm === "post") x = layers.layerNorm(x, `${prefix}.ln_1`, width, eps);
  const input = norm === "pre" ? layers.layerNorm(x, `${prefix}.ln_2`, width, eps) : x;
  x = add(layers, `${prefix}.ls_2.gamma`, blocks, x, mlp(layers, `${prefix}.mlp`, blocks, input));
  return norm === "post" ? layers.layerNorm(x, `${prefix}.ln_2`, width, eps) : x;
}

/** The residual, scaled where the blocks are. */
function add(
  layers: Layers,
  gamma: string,
  { layerScale, width }: TransformerBlocks,
  x: string,
  value: string,
): string {
  const { graph } = layers;
  const scaled = layerScale ? graph.node("Mul", [value, layers.parameter(gamma, [width])]) : value;
  return graph.node("Add", [x, scaled]);
}

/** The MLP `prefix`: [..., width] -> [..., width]. */
export function mlp(
  layers: Layers,
  prefix: string,
  { width, mlpWidth, eps, activation, gated, innerNorms }: TransformerBlocks,
  x: string,
): string {
  const [fc, gate, proj] = [`${prefix}.c_fc`, `${prefix}.c_gate`, `${prefix}.c_proj`];
  let hidden = layers.linear(x, fc, width, [wholeLayer(fc, mlpWidth)]);
  if (gated) {
    const opened = layers.linear(x, gate, width, [wholeLayer(gate, mlpWidth)]);
    hidden = layers.graph.node("Mul", [layers.sigmoidLinear(opened, 1), hidden]);
  } else hidden = layers.activation(hidden, activation);
  if (innerNorms) hidden = layers.layerNorm(hidden, `${prefix}.ln`, mlpWidth, eps);
  return layers.linear(hidden, proj, mlpWidth, [wholeLayer(proj, width)]);
}

/** Query (0), key (1) and value (2) rows of the stacked input projection, `from` up to `to`. */
export function inProjection(prefix: string, width: number, from: number, to: number) {
  return {
    weight: `${prefix}.attn.in_proj_weight`,
    bias: `${prefix}.attn.in_proj_bias`,
    outWidth: 3 * width,
    rows: [from * width, to * width] as const,
  };
}
