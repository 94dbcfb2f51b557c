/** CLIP's modified ResNet as an ONNX graph, batch norm folded into the convolutions. */
import type { ClipStateDict, ModifiedResNet } from "../checkpoint/state_dict.ts";
import { attention } from "./attention.ts";
import { type Graph, GraphBuilder } from "./graph_builder.ts";
import { type GraphPrecision, Layers, wholeLayer } from "./layers.ts";
import { type PixelFormat, pixelInput } from "./pixels.ts";

/** Epsilon of its batch norms (PyTorch's default). */
const BATCH_NORM_EPSILON = 1e-5;
/** Channels of a bottleneck's output over those of its inside. */
const EXPANSION = 4;
/** The stem halves the image twice, and stages 2 to 4 once each. */
const TOTAL_STRIDE = 32;

/**
 * The modified ResNet (openai/CLIP model.py, `ModifiedResNet`): a stem of three convolutions,
 * average pools where a convolution would stride, attention pooling in the end.
 *
 * Input `pixel_values` [batch, 3, imageSize, imageSize], batch free: normalised float32, or uint8.
 * Output `image_embeds` float32 [batch, embedDim], not normalised.
 *
 * @throws {ClipError} kind `model` if a tensor is missing or mis-shaped.
 */
export function buildModifiedResNet(
  state: ClipStateDict,
  vision: ModifiedResNet,
  precision: GraphPrecision,
  pixels: PixelFormat,
): Graph {
  const { architecture } = state;
  const graph = new GraphBuilder("clip_vision");
  const layers = new Layers(graph, state, precision);
  const { width } = vision;

  let x = pixelInput(layers, architecture, pixels);
  x = relu(layers, convolution(layers, x, "visual.conv1", "visual.bn1", 3, width / 2, 3, 2));
  x = relu(layers, convolution(layers, x, "visual.conv2", "visual.bn2", width / 2, width / 2, 3));
  x = relu(layers, convolution(layers, x, "visual.conv3", "visual.bn3", width / 2, width, 3));
  x = averagePool(layers, x);

  let channels = width;
  vision.layers.forEach((blocks, stage) => {
    const inside = width * 2 ** stage;
    for (let i = 0; i < blocks; i++) {
      const stride = stage > 0 && i === 0 ? 2 : 1;
      x = bottleneck(layers, `visual.layer${stage + 1}.${i}`, x, channels, inside, stride);
      channels = inside * EXPANSION;
    }
  });
  const pooled = attentionPool(layers, x, channels, vision, architecture.embedDim);
  layers.output(pooled, "image_embeds", architecture.embedDim);
  return graph.finish();
}

function bottleneck(
  layers: Layers,
  prefix: string,
  x: string,
  channels: number,
  inside: number,
  stride: number,
): string {
  const outside = inside * EXPANSION;
  const conv = (value: string, i: number, from: number, to: number, kernel: number) =>
    convolution(layers, value, `${prefix}.conv${i}`, `${prefix}.bn${i}`, from, to, kernel);
  let y = relu(layers, conv(x, 1, channels, inside, 1));
  y = relu(layers, conv(y, 2, inside, inside, 3));
  if (stride > 1) y = averagePool(layers, y);
  y = conv(y, 3, inside, outside, 1);
  let shortcut = x;
  if (stride > 1 || channels !== outside) {
    if (stride > 1) shortcut = averagePool(layers, shortcut);
    const name = `${prefix}.downsample`;
    shortcut = convolution(layers, shortcut, `${name}.0`, `${name}.1`, channels, outside, 1);
  }
  return relu(layers, layers.graph.node("Add", [y, shortcut]));
}

/**
 * Attention pooling (`AttentionPool2d`): the mean of all positions asks, once, over itself and them.
 *
 * @returns [batch, embedDim].
 */
function attentionPool(
  layers: Layers,
  x: string,
  width: number,
  { imageSize, heads }: ModifiedResNet,
  embedDim: number,
): string {
  const { graph } = layers;
  const name = "visual.attnpool";
  const positions = (imageSize / TOTAL_STRIDE) ** 2 + 1;
  const flat = graph.node("Reshape", [x, graph.ints([0, width, -1])]);
  const rows = graph.node("Transpose", [flat], { perm: [0, 2, 1] });
  const mean = graph.node("ReduceMean", [rows, graph.ints([1])], { keepdims: 1 });
  const tokens = graph.node("Add", [
    graph.node("Concat", [mean, rows], { axis: 1 }),
    layers.parameter(`${name}.positional_embedding`, [positions, width]),
  ]);
  const first = graph.node("Gather", [tokens, graph.ints([0])], { axis: 1 });
  const q = layers.linear(first, `${name}.q_proj`, width, [wholeLayer(`${name}.q_proj`, width)]);
  const kv = layers.linear(tokens, `${name}.kv_proj`, width, [
    wholeLayer(`${name}.k_proj`, width),
    wholeLayer(`${name}.v_proj`, width),
  ]);
  const [k, v] = graph.nodes("Split", 2, [kv], { axis: -1, num_outputs: 2 });
  const mixed = attention(layers, { width, heads }, q, k!, v!);
  const row = graph.node("Squeeze", [mixed, graph.ints([1])]);
  return layers.linear(row, `${name}.c_proj`, width, [wholeLayer(`${name}.c_proj`, embedDim)]);
}

/** A convolution that keeps the size (but for its stride), with its batch norm inside. */
function convolution(
  layers: Layers,
  x: string,
  conv: string,
  norm: string,
  from: number,
  to: number,
  kernel: number,
  stride = 1,
): string {
  const dims = [to, from, kernel, kernel];
  const stored = layers.tensor(`${conv}.weight`, dims);
  const perChannel = (part: string) => layers.tensor(`${norm}.${part}`, [to]);
  const [scale, shift] = [perChannel("weight"), perChannel("bias")];
  const [mean, variance] = [perChannel("running_mean"), perChannel("running_var")];
  const factors = () => {
    const gain = scale.read();
    return Float64Array.from(
      variance.read(),
      (v, c) => gain[c]! / Math.sqrt(v + BATCH_NORM_EPSILON),
    );
  };
  const weight = layers.weight(`${conv}.weight`, dims, () => {
    const values = stored.read();
    const factor = factors();
    const perOutput = from * kernel * kernel;
    return values.map((value, i) => value * factor[Math.floor(i / perOutput)]!);
  });
  const bias = layers.constant(`${conv}.bias`, [to], () => {
    const centre = mean.read();
    const factor = factors();
    return shift.read().map((value, c) => value - centre[c]! * factor[c]!);
  });
  const pad = (kernel - 1) / 2;
  return layers.graph.node("Conv", [x, weight, bias], {
    kernel_shape: [kernel, kernel],
    pads: [pad, pad, pad, pad],
    strides: [stride, stride],
  });
}

function relu(layers: Layers, x: string): string {
  return layers.graph.node("Relu", [x]);
}

function averagePool(layers: Layers, x: string): string {
  return layers.graph.node("AveragePool", [x], { kernel_shape: [2, 2], strides: [2, 2] });
}
