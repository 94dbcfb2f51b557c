/** A text tower as an ONNX graph. */
import type { ClipStateDict, TextArchitecture } from "../checkpoint/state_dict.ts";
import { type Graph, GraphBuilder } from "./graph_builder.ts";
import { type GraphPrecision, Layers } from "./layers.ts";
import { causalMask, classMask, NO_MASK, paddingMask, type TextMask } from "./masks.ts";
import { project } from "./projection.ts";
import { embedTokens, type TextInput } from "./text_embedding.ts";
import { meanOfTokens, pooledRow } from "./text_pooling.ts";
import { transformer, transformerRow } from "./transformer.ts";

/**
 * Whether a text's embedding depends on how far it is filled up with padding: then texts are always
 * as long as the context, and the graph takes no other length.
 */
export function hasFixedLength({ mask, pooling }: TextArchitecture): boolean {
  return mask === "none" || pooling.kind === "last" || pooling.kind === "class";
}

/**
 * The text tower of `state`.
 *
 * Input `input_ids` int32 [batch, length], batch free; length free up to the context length, or
 * that. Output `text_embeds` float32 [batch, embedDim], not normalised. Where the length is free, a
 * batch may be cut to its longest text: a causal tower's pooled row does not see what is behind it,
 * and others do not attend to padding.
 *
 * @throws {ClipError} kind `model` if a tensor is missing or mis-shaped.
 */
export function buildText(state: ClipStateDict, precision: GraphPrecision): Graph {
  const { text, embedDim } = state.architecture;
  const { width } = text;
  const graph = new GraphBuilder("clip_text");
  const layers = new Layers(graph, state, precision);
  const input = textInput(graph, text);
  const x = embedTokens(layers, text, input);
  const mask = maskOf(layers, text, input);
  const context = { mask: mask.all };
  const pooled = pooledRow(layers, text, input, mask);
  let row: string;
  if (pooled === undefined) {
    const rows = finalNorm(layers, text, transformer(layers, "transformer", text, x, context));
    row = meanOfTokens(layers, rows, input);
  } else {
    const one = transformerRow(layers, "transformer", text, x, context, pooled);
    row = finalNorm(layers, text, graph.node("Squeeze", [one, graph.ints([1])]));
  }
  const embedding = project(layers, "text_projection", text.projection, row, [width, embedDim]);
  layers.output(embedding, "text_embeds", embedDim);
  return graph.finish();
}

function textInput(graph: GraphBuilder, text: TextArchitecture): TextInput {
  const fixed = hasFixedLength(text);
  const ids = graph.input("input_ids", "int32", ["batch", fixed ? text.contextLength : "length"]);
  const needsPadding = text.mask === "padding" || text.positionsCount === "unpadded" ||
    text.pooling.kind === "mean" || text.pooling.kind === "class";
  return {
    ids,
    length: graph.node("Shape", [ids], { start: 1, end: 2 }),
    isToken: needsPadding
      ? graph.node("Not", [graph.node("Equal", [ids, graph.int32(text.padId)])])
      : "",
  };
}

function maskOf(
  layers: Layers,
  { mask, contextLength, pooling }: TextArchitecture,
  input: TextInput,
): TextMask {
  if (pooling.kind === "class") return classMask(layers, input.isToken, contextLength);
  const masks: Record<TextArchitecture["mask"], () => TextMask> = {
    causal: () => causalMask(layers, input.length, contextLength),
    padding: () => paddingMask(layers, input.isToken),
    none: () => NO_MASK,
  };
  return masks[mask]();
}

function finalNorm(layers: Layers, { finalNorm, width, eps }: TextArchitecture, x: string): string {
  return finalNorm ? layers.layerNorm(x, "ln_final", width, eps) : x;
}
