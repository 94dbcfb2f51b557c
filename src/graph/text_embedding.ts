/** Token ids as rows, before the first block. */
import type { TextArchitecture } from "../checkpoint/state_dict.ts";
import type { Layers } from "./layers.ts";

/** The ids of a minibatch and what is known of them. */
export interface TextInput {
  /** int32 [N, L]. */
  readonly ids: string;
  /** int64 [1]: L. */
  readonly length: string;
  /** bool [N, L]: no padding. */
  readonly isToken: string;
}

/** Tokens, positions and types: [N, L] -> [N, L, width]. */
export function embedTokens(layers: Layers, text: TextArchitecture, input: TextInput): string {
  const { graph } = layers;
  const { width } = text;
  const tokens = layers.embedding("token_embedding.weight", [text.vocabSize, width], input.ids);
  let x = graph.node("Add", [tokens, positions(layers, text, input)]);
  if (text.pooling.kind === "class") x = withClassRow(layers, text, x);
  if (text.tokenTypes > 0) {
    const dims = [text.tokenTypes, width] as const;
    const table = layers.tensor("token_type_embedding", dims);
    // All ids are of the first type.
    const first = layers.constant(
      "token_type_embedding.0",
      [width],
      () => table.read().slice(0, width),
    );
    x = graph.node("Add", [x, first]);
  }
  return text.embeddingNorm ? layers.layerNorm(x, "ln_embed", width, text.eps) : x;
}

/** A learned row behind those of the context, with the position there. */
function withClassRow(
  layers: Layers,
  { width, positionRows, contextLength }: TextArchitecture,
  x: string,
): string {
  const { graph } = layers;
  const learned = layers.tensor("class_embedding", [width]);
  const table = layers.tensor("positional_embedding", [positionRows, width]);
  const row = layers.constant("class_embedding", [1, 1, width], () => {
    const place = table.read().subarray(contextLength * width, (contextLength + 1) * width);
    return learned.read().map((value, i) => value + place[i]!);
  });
  const batch = graph.node("Shape", [x], { start: 0, end: 1 });
  const shape = graph.node("Concat", [batch, graph.ints([1, width])], { axis: 0 });
  return graph.node("Concat", [x, graph.node("Expand", [row, shape])], { axis: 1 });
}

function positions(
  layers: Layers,
  { positionRows, positionsCount, width, padId }: TextArchitecture,
  { length, isToken }: TextInput,
): string {
  const { graph } = layers;
  const dims = [positionRows, width] as const;
  if (positionsCount === "all") {
    const table = layers.parameter("positional_embedding", dims);
    return graph.node("Slice", [table, graph.ints([0]), length, graph.ints([0])]);
  }
  // transformers modeling_xlm_roberta.py, create_position_ids_from_input_ids.
  const counted = graph.cast(isToken, "int32");
  const places = graph.node("CumSum", [counted, graph.int(1)]);
  const own = graph.node("Mul", [places, counted]);
  const rows = graph.node("Add", [own, graph.int32(padId)]);
  return layers.embedding("positional_embedding", dims, rows);
}
