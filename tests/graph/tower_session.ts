/** Converts a model into a temporary directory and runs its towers with ONNX Runtime on the CPU. */
import { join } from "node:path";
import type { ClipStateDict } from "../../src/checkpoint/state_dict.ts";
import { convertCheckpoint, type GraphOptions } from "../../src/graph/convert.ts";
import { type Feed, Session } from "../../src/runtime/session.ts";
import { sessionConfig } from "../../src/runtime/session_config.ts";

/** Plain float32 on the CPU, with pixels that are normalised already. */
export const FP32: GraphOptions = { dtype: "fp32", target: "cpu", pixels: "float32" };

/** Both towers of a converted model. */
export interface Towers extends AsyncDisposable {
  /** Embeds ids [count, length], row after row. */
  text(ids: Int32Array, count: number): Promise<Float32Array>;
  /** Embeds pixels [count, 3, size, size], normalised floats or bytes as the graph was built. */
  image(pixels: Float32Array | Uint8Array, count: number): Promise<Float32Array>;
}

/**
 * Converts `state` and opens sessions on the result as the server does on a CPU, where a graph for a
 * GPU runs here too. All is deleted in the end.
 */
export async function openTowers(
  state: ClipStateDict,
  options: GraphOptions = FP32,
): Promise<Towers> {
  const root = await Deno.makeTempDir();
  const directory = join(root, "model");
  await convertCheckpoint(state, directory, options);
  const config = sessionConfig({ target: "cpu", dtype: options.dtype, replicas: 1 });
  const open = (name: string) =>
    Session.open(join(directory, name), { providers: [{ name: "cpu" }], threads: 1, config });
  const [textual, visual] = [await open("textual.onnx"), await open("visual.onnx")];
  const size = state.architecture.vision.imageSize;
  return {
    async text(ids, count) {
      const dims = [count, ids.length / count];
      const input: Feed = { type: "int32", data: ids, dims };
      return (await textual.run({ input_ids: input }, "text_embeds")).data;
    },
    async image(pixels, count) {
      const dims = [count, 3, size, size];
      const input: Feed = pixels instanceof Uint8Array
        ? { type: "uint8", data: pixels, dims }
        : { type: "float32", data: pixels, dims };
      return (await visual.run({ pixel_values: input }, "image_embeds")).data;
    },
    async [Symbol.asyncDispose]() {
      await textual.release();
      await visual.release();
      await Deno.remove(root, { recursive: true });
    },
  };
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
