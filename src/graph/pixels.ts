/** The way of pixels into a vision graph. */
import type { ClipArchitecture } from "../checkpoint/state_dict.ts";
import type { Layers } from "./layers.ts";

/** `float32`: normalised values. `uint8`: bytes of RGB, which the graph normalises. */
export type PixelFormat = "uint8" | "float32";

/**
 * Declares the input `pixel_values` [batch, 3, size, size] and gives it normalised, in the compute
 * type. For bytes it does what the preprocessing would do, in the same float32 steps:
 * (byte / 255 - mean) / std. It stays before the first convolution, because the ResNet stem pads
 * with zeros *after* the normalisation.
 */
export function pixelInput(
  layers: Layers,
  { vision, mean, std }: ClipArchitecture,
  format: PixelFormat,
): string {
  const { graph } = layers;
  const size = vision.imageSize;
  const input = graph.input("pixel_values", format, ["batch", 3, size, size]);
  if (format === "float32") return layers.compute === "float32" ? input : layers.toCompute(input);
  const perChannel = (name: string, values: readonly number[]) =>
    graph.weight(
      `pixel_${name}`,
      "float32",
      [3, 1, 1],
      () => new Uint8Array(Float32Array.from(values).buffer),
    );
  const scaled = graph.node("Div", [graph.cast(input, "float32"), graph.float(255)]);
  const centred = graph.node("Sub", [scaled, perChannel("mean", mean)]);
  const normalised = graph.node("Div", [centred, perChannel("std", std)]);
  return layers.compute === "float32" ? normalised : layers.toCompute(normalised);
}
