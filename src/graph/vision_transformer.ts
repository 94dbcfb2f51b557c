/** CLIP's vision transformer as an ONNX graph. */
import type { ClipStateDict, VisionArchitecture } from "../checkpoint/state_dict.ts";
import { type Graph, GraphBuilder } from "./graph_builder.ts";
import { type GraphPrecision, Layers } from "./layers.ts";
import { type PixelFormat, pixelInput } from "./pixels.ts";
import { transformer } from "./transformer.ts";

/**
 * The vision transformer (openai/CLIP model.py, `VisionTransformer`).
 *
 * Input `pixel_values` [batch, 3, imageSize, imageSize], batch free: normalised float32, or uint8.
 * Output `image_embeds` float32 [batch, embedDim], not normalised.
 *
 * @throws {ClipError} kind `model` if a tensor is missing or mis-shaped.
 */
export function buildVisionTransformer(
  state: ClipStateDict,
  vision: Extract<VisionArchitecture, { kind: "vit" }>,
  precision: GraphPrecision,
  pixels: PixelFormat,
): Graph {
  const { architecture } = state;
  const { width, patchSize, imageSize } = vision;
  const patches = (imageSize / patchSize) ** 2;
  const graph = new GraphBuilder("clip_vision");
  const layers = new Layers(graph, state, precision);
  const image = pixelInput(layers, architecture, pixels);

  const embedded = patchEmbedding(layers, image, vision);
  const batch = graph.node("Shape", [image], { start: 0, end: 1 });
  const classShape = graph.node("Concat", [batch, graph.ints([1, width])], { axis: 0 });
  const classToken = graph.node("Expand", [
    layers.parameter("visual.class_embedding", [width]),
    classShape,
  ]);
  const x = graph.node("Add", [
    graph.node("Concat", [classToken, embedded], { axis: 1 }),
    layers.parameter("visual.positional_embedding", [patches + 1, width]),
  ]);
  const classRow = transformer(
    layers,
    "visual.transformer",
    vision,
    layers.layerNorm(x, "visual.ln_pre", width),
    { take: (value) => graph.node("Gather", [value, graph.ints([0])], { axis: 1 }) },
  );
  const final = layers.layerNorm(
    graph.node("Squeeze", [classRow, graph.ints([1])]),
    "visual.ln_post",
    width,
  );
  layers.output(
    layers.projection(final, "visual.proj", [width, architecture.embedDim]),
    "image_embeds",
    architecture.embedDim,
  );
  return graph.finish();
}

/** Patches as rows: [batch, 3, size, size] -> [batch, patches, width]. */
function patchEmbedding(
  layers: Layers,
  image: string,
  { width, patchSize }: Extract<VisionArchitecture, { kind: "vit" }>,
): string {
  const { graph } = layers;
  const name = "visual.conv1.weight";
  const dims = [width, 3, patchSize, patchSize];
  const kernel = layers.tensor(name, dims);
  const convolved = graph.node("Conv", [image, layers.weight(name, dims, () => kernel.read())], {
    kernel_shape: [patchSize, patchSize],
    strides: [patchSize, patchSize],
  });
  const rows = graph.node("Reshape", [convolved, graph.ints([0, width, -1])]);
  return graph.node("Transpose", [rows], { perm: [0, 2, 1] });
}
