/** Converts a model into a temporary directory and runs its towers with ONNX Runtime on the CPU. */
import "../../src/runtime/telemetry_off.ts";
import { join } from "node:path";
import * as ort from "onnxruntime-node";
import type { ClipStateDict } from "../../src/checkpoint/state_dict.ts";
import { convertCheckpoint, type GraphOptions } from "../../src/graph/convert.ts";

/** Plain float32 on the CPU, with pixels that are normalised already. */
export const FP32: GraphOptions = { dtype: "fp32", target: "cpu", pixels: "float32" };

/** Both towers of a converted model. */
export interface Towers extends AsyncDisposable {
  /** Embeds ids [count, length], row after row. */
  text(ids: Int32Array, count: number): Promise<Float32Array>;
  /** Embeds pixels [count, 3, size, size], normalised floats or bytes as the graph was built. */
  image(pixels: Float32Array | Uint8Array, count: number): Promise<Float32Array>;
}

/** Converts `state` and opens sessions on the result, which is deleted in the end. */
export async function openTowers(
  state: ClipStateDict,
  options: GraphOptions = FP32,
): Promise<Towers> {
  const root = await Deno.makeTempDir();
  const directory = join(root, "model");
  await convertCheckpoint(state, directory, options);
  const open = (name: string) =>
    ort.InferenceSession.create(join(directory, name), { intraOpNumThreads: 1 });
  const [textual, visual] = [await open("textual.onnx"), await open("visual.onnx")];
  const size = state.architecture.vision.imageSize;
  return {
    async text(ids, count) {
      const input = new ort.Tensor("int32", ids, [count, ids.length / count]);
      return values((await textual.run({ input_ids: input })).text_embeds);
    },
    async image(pixels, count) {
      const dims = [count, 3, size, size];
      const input = pixels instanceof Uint8Array
        ? new ort.Tensor("uint8", pixels, dims)
        : new ort.Tensor("float32", pixels, dims);
      return values((await visual.run({ pixel_values: input })).image_embeds);
    },
    async [Symbol.asyncDispose]() {
      await textual.release();
      await visual.release();
      await Deno.remove(root, { recursive: true });
    },
  };
}

function values(tensor: ort.Tensor | undefined): Float32Array {
  if (tensor?.type !== "float32") throw new TypeError(`Not a float32 output: ${tensor?.type}`);
  return tensor.data as Float32Array;
}

/** The largest absolute difference, and the largest cosine distance of rows of `width`. */
export function difference(
  a: Float32Array,
  b: Float32Array,
  width: number,
): { max: number; cosine: number } {
  if (a.length !== b.length || a.length === 0 || a.length % width !== 0) {
    throw new RangeError(`Cannot compare ${a.length} with ${b.length} values in rows of ${width}`);
  }
  let max = 0;
  let cosine = 0;
  for (let start = 0; start < a.length; start += width) {
    let [dot, normA, normB] = [0, 0, 0];
    for (let i = start; i < start + width; i++) {
      const [x, y] = [a[i]!, b[i]!];
      // `NaN` must not pass for small.
      max = Number.isNaN(x - y) ? Infinity : Math.max(max, Math.abs(x - y));
      dot += x * y;
      normA += x * x;
      normB += y * y;
    }
    cosine = Math.max(cosine, 1 - dot / Math.sqrt(normA * normB));
  }
  return { max, cosine };
}
