/** Which row of a text becomes its embedding. */
import type { TextArchitecture, TextPooling } from "../checkpoint/state_dict.ts";
import type { GraphBuilder } from "./graph_builder.ts";
import type { Layers } from "./layers.ts";
import type { TextMask } from "./masks.ts";
import type { TextInput } from "./text_embedding.ts";
import type { PooledRow } from "./transformer.ts";

/** The row that is pooled, or nothing where several are. */
export function pooledRow(
  layers: Layers,
  { pooling, width, contextLength }: TextArchitecture,
  { ids }: TextInput,
  mask: TextMask,
): PooledRow | undefined {
  const { graph } = layers;
  if (pooling.kind === "mean") return undefined;
  if (pooling.kind !== "argmax" && pooling.kind !== "end") {
    const places = { first: 0, last: contextLength - 1, class: contextLength };
    const at = graph.ints([places[pooling.kind]]);
    return { take: (x) => graph.node("Gather", [x, at], { axis: 1 }), mask: mask.row(at) };
  }
  const at = graph.node("ArgMax", [searched(graph, pooling, ids)], { axis: 1, keepdims: 0 });
  const row = flatRow(graph, ids, at);
  return {
    take: (x) => graph.node("Unsqueeze", [takeRow(graph, x, width, row), graph.ints([1])]),
    mask: mask.row(at),
  };
}

/** The mean of all rows that are no padding: [N, L, width] -> [N, width]. */
export function meanOfTokens(layers: Layers, x: string, { isToken }: TextInput): string {
  const { graph } = layers;
  const weights = graph.node("Unsqueeze", [graph.cast(isToken, "float32"), graph.ints([2])]);
  const weighted = graph.node("Mul", [layers.toFloat32(x), weights]);
  const sum = graph.node("ReduceSum", [weighted, graph.ints([1])], { keepdims: 0 });
  const count = graph.node("ReduceSum", [weights, graph.ints([1])], { keepdims: 0 });
  // A row of nothing but padding fills a minibatch up.
  const mean = graph.node("Div", [sum, graph.node("Max", [count, graph.float(1)])]);
  return layers.compute === "float32" ? mean : layers.toCompute(mean);
}

/** What is highest at the row that is meant. */
function searched(
  graph: GraphBuilder,
  pooling: Extract<TextPooling, { kind: "argmax" | "end" }>,
  ids: string,
): string {
  if (pooling.kind === "argmax") return ids;
  return graph.cast(graph.node("Equal", [ids, graph.int32(pooling.id)]), "int32");
}

/** Position [batch] of each sequence's row `end` among the rows of all: n · length + end. */
function flatRow(graph: GraphBuilder, ids: string, end: string): string {
  const shape = graph.node("Shape", [ids]);
  const batch = graph.node("Gather", [shape, graph.int(0)]);
  const length = graph.node("Gather", [shape, graph.int(1)]);
  const sequence = graph.node("Range", [graph.int(0), batch, graph.int(1)]);
  return graph.node("Add", [graph.node("Mul", [sequence, length]), end]);
}

/** Rows `row` [batch] of [batch, length, width] seen as one matrix. */
function takeRow(graph: GraphBuilder, value: string, width: number, row: string): string {
  return graph.node("Gather", [graph.node("Reshape", [value, graph.ints([-1, width])]), row]);
}
