/** A vision transformer as an ONNX graph. */
import type { ClipStateDict, VisionTransformer } from "../checkpoint/state_dict.ts";
import { pooledWidth } from "../checkpoint/naming/shapes.ts";
import { attentionPool, queryPool } from "./attention_pool.ts";
import { type Graph, GraphBuilder } from "./graph_builder.ts";
import { type GraphPrecision, Layers } from "./layers.ts";
import { type PixelFormat, pixelInput } from "./pixels.ts";
import { project } from "./projection.ts";
import { rotaryPositions } from "./rotary.ts";
import { transformer, transformerRow } from "./transformer.ts";

/**
 * The vision transformer (openai/CLIP model.py, `VisionTransformer`) and its relatives.
 *
 * Input `pixel_values` [batch, 3, imageSize, imageSize], batch free: normalised float32, or uint8.
 * Output `image_embeds` float32 [batch, embedDim], not normalised.
 *
 * @throws {ClipError} kind `model` if a tensor is missing or mis-shaped.
 */
export function buildVisionTransformer(
  state: ClipStateDict,
  vision: VisionTransformer,
  precision: GraphPrecision,
  pixels: PixelFormat,
): Graph {
  const { architecture } = state;
  const { embedDim } = architecture;
  const graph = new GraphBuilder("clip_vision");
  const layers = new Layers(graph, state, precision);
  const image = pixelInput(layers, architecture, pixels);
  const x = embedPatches(layers, image, vision);
  const row = pooled(layers, vision, embedDim, x);
  const widths = [pooledWidth(vision, embedDim), embedDim] as const;
  const embedding = project(layers, "visual.proj", vision.projection, row, widths);
  layers.output(embedding, "image_embeds", embedDim);
  return graph.finish();
}

/** Blocks, norm and pooling: [batch, rows, width] -> [batch, width of what is pooled]. */
function pooled(layers: Layers, vision: VisionTransformer, embedDim: number, x: string): string {
  const { graph } = layers;
  const { pooling, queries, eps } = vision;
  const context = { rotate: rotaryPositions(layers, vision) };
  const width = pooledWidth(vision, embedDim);
  const norm = (value: string) => layers.layerNorm(value, "visual.ln_post", width, eps);
  if (pooling === "class") {
    const take = (value: string) => graph.node("Gather", [value, graph.ints([0])], { axis: 1 });
    const row = transformerRow(layers, "visual.transformer", vision, x, context, { take });
    return norm(graph.node("Squeeze", [row, graph.ints([1])]));
  }
  const rows = transformer(layers, "visual.transformer", vision, x, context);
  const pool = (value: string) => {
    if (queries !== null) {
      return queryPool(layers, "visual.attn_pool", vision, queries, embedDim, value);
    }
    return pooling === "map"
      ? attentionPool(layers, "visual.attn_pool", vision, value)
      : averageOfPatches(layers, vision, value);
  };
  return vision.finalNorm === "before_pooling" ? pool(norm(rows)) : norm(pool(rows));
}

/** The mean of the patches' rows, without the class row. */
function averageOfPatches(layers: Layers, { classToken }: VisionTransformer, x: string): string {
  const { graph } = layers;
  const end = graph.ints([Number.MAX_SAFE_INTEGER]);
  const patches = classToken ? graph.node("Slice", [x, graph.ints([1]), end, graph.ints([1])]) : x;
  return graph.node("ReduceMean", [patches, graph.ints([1])], { keepdims: 0 });
}

/** The rows before the first block: [batch, 3, size, size] -> [batch, rows, width]. */
function embedPatches(layers: Layers, image: string, vision: VisionTransformer): string {
  const { graph } = layers;
  const { width, classToken } = vision;
  const patches = Math.floor(vision.imageSize / vision.patchSize) ** 2;
  let x = patchRows(layers, image, vision);
  if (classToken) {
    const batch = graph.node("Shape", [image], { start: 0, end: 1 });
    const shape = graph.node("Concat", [batch, graph.ints([1, width])], { axis: 0 });
    const token = graph.node("Expand", [
      layers.parameter("visual.class_embedding", [width]),
      shape,
    ]);
    x = graph.node("Concat", [token, x], { axis: 1 });
  }
  const rows = patches + (classToken ? 1 : 0);
  x = graph.node("Add", [x, layers.parameter("visual.positional_embedding", [rows, width])]);
  return vision.preNorm ? layers.layerNorm(x, "visual.ln_pre", width, vision.eps) : x;
}

/** Patches as rows: [batch, 3, size, size] -> [batch, patches, width]. */
function patchRows(
  layers: Layers,
  image: string,
  { width, patchSize, patchBias }: VisionTransformer,
): string {
  const { graph } = layers;
  const name = "visual.conv1.weight";
  const dims = [width, 3, patchSize, patchSize];
  const kernel = layers.tensor(name, dims);
  const weight = layers.weight(name, dims, () => kernel.read());
  const bias = patchBias ? [layers.parameter("visual.conv1.bias", [width])] : [];
  const convolved = graph.node("Conv", [image, weight, ...bias], {
    kernel_shape: [patchSize, patchSize],
    strides: [patchSize, patchSize],
  });
  const rows = graph.node("Reshape", [convolved, graph.ints([0, width, -1])]);
  return graph.node("Transpose", [rows], { perm: [0, 2, 1] });
}
