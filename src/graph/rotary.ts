/** Rotary positions over the grid of an image's patches (EVA-02; timm `pos_embed_sincos.py`). */
import type { VisionTransformer } from "../checkpoint/state_dict.ts";
import type { Layers } from "./layers.ts";

const TEMPERATURE = 10_000;

/**
 * Turns queries or keys by the positions of their rows; the class row is left as it is.
 *
 * @returns a function of [N, L, width], or nothing if the tower has no rotary positions.
 */
export function rotaryPositions(
  layers: Layers,
  tower: VisionTransformer,
): ((x: string) => string) | undefined {
  const { rotaryGrid, width, heads } = tower;
  if (rotaryGrid === null) return undefined;
  const { graph } = layers;
  const headWidth = width / heads;
  const angles = rowAngles(tower, rotaryGrid, headWidth);
  const rows = angles.length / headWidth;
  const constant = (name: string, of: (angle: number) => number) =>
    layers.constant(name, [rows, 1, headWidth], () => Float32Array.from(angles, of));
  const [cos, sin] = [constant("rotary_cos", Math.cos), constant("rotary_sin", Math.sin)];
  const turn = layers.constant("rotary_turn", [headWidth, headWidth], () => quarterTurn(headWidth));
  return (x) => {
    const split = graph.node("Reshape", [x, graph.ints([0, 0, heads, headWidth])]);
    const turned = graph.node("MatMul", [split, turn]);
    const sum = graph.node("Add", [
      graph.node("Mul", [split, cos]),
      graph.node("Mul", [turned, sin]),
    ]);
    return graph.node("Reshape", [sum, graph.ints([0, 0, width])]);
  };
}

/** Angles [rows, headWidth]: bands of the row's y, then of its x, each twice in a row. */
function rowAngles(
  { imageSize, patchSize, classToken }: VisionTransformer,
  reference: number,
  headWidth: number,
): Float64Array {
  const side = Math.floor(imageSize / patchSize);
  const bands = headWidth / 4;
  const first = classToken ? 1 : 0;
  const angles = new Float64Array((first + side * side) * headWidth);
  for (let y = 0; y < side; y++) {
    for (let x = 0; x < side; x++) {
      const row = (first + y * side + x) * headWidth;
      for (let i = 0; i < 2 * bands; i++) {
        const place = (i < bands ? y : x) / side * reference;
        const angle = place / TEMPERATURE ** ((i % bands) / bands);
        angles[row + 2 * i] = angle;
        angles[row + 2 * i + 1] = angle;
      }
    }
  }
  return angles;
}

/** The matrix that makes (a, b, …) (-b, a, …), pair by pair. */
function quarterTurn(width: number): Float32Array {
  const values = new Float32Array(width * width);
  for (let i = 0; i < width; i += 2) {
    values[(i + 1) * width + i] = -1;
    values[i * width + i + 1] = 1;
  }
  return values;
}
