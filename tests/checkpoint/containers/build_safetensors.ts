/** `.safetensors` files for tests: float32 tensors of given shapes, numbered values. */

import { OPENAI_TEXT, OPENAI_VIT } from "../../../src/checkpoint/openai.ts";
import { expectedShapes, type TensorSizes } from "../../../src/checkpoint/naming/shapes.ts";

/** The smallest vision transformer that has every kind of tensor. */
export const TINY: TensorSizes = {
  embedDim: 6,
  similarity: "softmax",
  vision: {
    ...OPENAI_VIT,
    imageSize: 4,
    patchSize: 2,
    width: 4,
    layers: 2,
    heads: 1,
    mlpWidth: 10,
  },
  text: {
    ...OPENAI_TEXT,
    contextLength: 5,
    positionRows: 5,
    vocabSize: 9,
    width: 8,
    heads: 1,
    layers: 1,
    mlpWidth: 16,
  },
};

/** Name -> shape, free to be changed. */
export function tinyShapes(sizes: TensorSizes = TINY): Map<string, readonly number[]> {
  return new Map(expectedShapes(sizes));
}

/** A file with these tensors. */
export function buildSafetensors(shapes: ReadonlyMap<string, readonly number[]>): Uint8Array {
  const header: Record<string, unknown> = {};
  let end = 0;
  for (const [name, shape] of shapes) {
    const begin = end;
    end += 4 * shape.reduce((a, b) => a * b, 1);
    header[name] = { dtype: "F32", shape, data_offsets: [begin, end] };
  }
  const json = new TextEncoder().encode(JSON.stringify(header));
  const bytes = new Uint8Array(8 + json.length + end);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(json.length), true);
  bytes.set(json, 8);
  const values = Float32Array.from({ length: end / 4 }, (_, i) => i / 8);
  bytes.set(new Uint8Array(values.buffer), 8 + json.length);
  return bytes;
}
