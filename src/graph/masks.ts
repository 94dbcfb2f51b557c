/** What the ids of a text may attend to, as numbers that are added to attention's scores. */
import type { Layers } from "./layers.ts";

/**
 * Score of a key that a query may not see. After the softmax's exponential it is exactly 0, as
 * minus infinity would be, which shaders may not compute with; float16 holds it.
 */
const MASKED_SCORE = -30000;

/** A mask of all rows, and that of one row of each text. */
export interface TextMask {
  /** Added to [N, heads, L, L]; absent: everything is seen. */
  readonly all?: string;
  /** Added to [N, heads, 1, L], for rows at the positions `at` [N]. */
  row(at: string): string | undefined;
}

/** Nothing is hidden, padding neither. */
export const NO_MASK: TextMask = { row: () => undefined };

/** Every id sees itself and what is before it. `length` is [1]. */
export function causalMask(layers: Layers, length: string, contextLength: number): TextMask {
  const { graph } = layers;
  const whole = layers.constant(
    "causal_mask",
    [contextLength, contextLength],
    () => causalScores(contextLength),
  );
  const rows = graph.node("Slice", [whole, graph.ints([0]), length, graph.ints([1])]);
  return {
    all: graph.node("Slice", [rows, graph.ints([0]), length, graph.ints([0])]),
    row: (at) => graph.node("Unsqueeze", [graph.node("Gather", [rows, at]), graph.ints([1, 2])]),
  };
}

/** Every id sees all that is no padding. @param isToken bool [N, L] */
export function paddingMask(layers: Layers, isToken: string): TextMask {
  const { graph } = layers;
  const scores = graph.node("Where", [
    isToken,
    layers.scalar(0),
    layers.scalar(MASKED_SCORE),
  ]);
  const all = graph.node("Unsqueeze", [scores, graph.ints([1, 2])]);
  return { all, row: () => all };
}

/**
 * As `causalMask` over the whole context, and behind it a class row that sees the first id, each id
 * behind one that is no padding, and itself behind a text as long as the context: OpenCLIP pads the
 * row's mask on its left, and CoCa's published weights were trained so (transformer.py,
 * `build_cls_mask`).
 *
 * @param isToken bool [N, L]
 */
export function classMask(layers: Layers, isToken: string, contextLength: number): TextMask {
  const { graph } = layers;
  const rows = contextLength + 1;
  const batch = graph.node("Shape", [isToken], { start: 0, end: 1 });
  const first = graph.node("Expand", [
    graph.cast(graph.ints([1]), "bool"),
    graph.node("Concat", [batch, graph.ints([1])], { axis: 0 }),
  ]);
  const seen = graph.node("Concat", [first, isToken], { axis: 1 });
  const row = paddingMask(layers, seen).row("") ?? "";
  const causal = layers.constant("causal_mask", [rows, rows], () => causalScores(rows));
  const isClass = layers.constant(
    "class_row",
    [rows, 1],
    () => Float32Array.from({ length: rows }, (_, i) => i === contextLength ? 1 : 0),
  );
  const all = graph.node("Add", [graph.node("Mul", [row, isClass]), causal]);
  return { all, row: () => row };
}

function causalScores(length: number): Float32Array {
  return Float32Array.from(
    { length: length * length },
    (_, i) => i % length > Math.floor(i / length) ? MASKED_SCORE : 0,
  );
}
