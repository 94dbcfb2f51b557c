/** CLIP's text tower as an ONNX graph. */
import type { ClipStateDict } from "../checkpoint/state_dict.ts";
import { type Graph, GraphBuilder } from "./graph_builder.ts";
import { type GraphPrecision, Layers } from "./layers.ts";
import { transformer } from "./transformer.ts";

/**
 * Score of a key that a query may not see. After the softmax's exponential it is exactly 0, as
 * minus infinity would be, which shaders may not compute with; float16 holds it.
 */
const MASKED_SCORE = -30000;

/**
 * The text tower (openai/CLIP model.py, `encode_text`).
 *
 * Input `input_ids` int32 [batch, length], batch and length free, length up to the context length.
 * Output `text_embeds` float32 [batch, embedDim], not normalised: the projection of the row at the
 * first occurrence of the highest id (end-of-text). Because attention is causal, ids after that
 * row change nothing, so a batch may be cut to its longest end-of-text position + 1.
 *
 * @throws {ClipError} kind `model` if a tensor is missing or mis-shaped.
 */
export function buildText(state: ClipStateDict, precision: GraphPrecision): Graph {
  const { text, embedDim } = state.architecture;
  const { width, contextLength } = text;
  const graph = new GraphBuilder("clip_text");
  const layers = new Layers(graph, state, precision);
  const ids = graph.input("input_ids", "int32", ["batch", "length"]);

  const length = graph.node("Shape", [ids], { start: 1, end: 2 });
  const positions = graph.node("Slice", [
    layers.parameter("positional_embedding", [contextLength, width]),
    graph.ints([0]),
    length,
    graph.ints([0]),
  ]);
  const tokens = layers.embedding("token_embedding.weight", [text.vocabSize, width], ids);
  const x = graph.node("Add", [tokens, positions]);

  const causal = layers.constant(
    "causal_mask",
    [contextLength, contextLength],
    () => causalMask(contextLength),
  );
  const maskRows = graph.node("Slice", [causal, graph.ints([0]), length, graph.ints([1])]);
  const mask = graph.node("Slice", [maskRows, graph.ints([0]), length, graph.ints([0])]);

  const end = graph.node("ArgMax", [ids], { axis: 1, keepdims: 0 });
  const row = flatRow(graph, ids, end);
  const pooled = transformer(layers, "transformer", text, x, {
    take: (value) => graph.node("Unsqueeze", [takeRow(graph, value, width, row), graph.ints([1])]),
    mask: graph.node("Unsqueeze", [graph.node("Gather", [maskRows, end]), graph.ints([1, 2])]),
  }, mask);

  const final = layers.layerNorm(
    graph.node("Squeeze", [pooled, graph.ints([1])]),
    "ln_final",
    width,
  );
  layers.output(
    layers.projection(final, "text_projection", [width, embedDim]),
    "text_embeds",
    embedDim,
  );
  return graph.finish();
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

function causalMask(length: number): Float32Array {
  return Float32Array.from(
    { length: length * length },
    (_, i) => i % length > Math.floor(i / length) ? MASKED_SCORE : 0,
  );
}
