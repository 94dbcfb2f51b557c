/** A model that costs nothing: 512 numbers that follow from the mean of its input. */
import { join } from "node:path";
import { tmpdir } from "node:os";
import { GraphBuilder } from "../../src/graph/graph_builder.ts";
import { writeModel } from "../../src/graph/model_file.ts";

const DIMENSIONS = 512;
/** Side of its pictures: preparing one costs little. */
const IMAGE_SIZE = 16;

/** A direction with the digits of real embeddings, which are what JSON pays for. */
const DIRECTION = Float32Array.from({ length: DIMENSIONS }, (_, i) => Math.sin(i * 12.9898) * 1.7);

/**
 * Writes `textual.onnx` and `visual.onnx` and returns their directory. Files take the place of others
 * whole: a server of another bench may have those mapped into its memory, and would end with SIGBUS.
 */
export async function freeModel(): Promise<string> {
  const directory = join(tmpdir(), "clipline-gateway-bench", "model");
  await Deno.mkdir(directory, { recursive: true });
  const fresh = await Deno.makeTempDir({ dir: join(directory, "..") });
  const textual = new GraphBuilder("textual");
  meanTimesDirection(textual, textual.input("input_ids", "int32", ["batch", "length"]), [1]);
  await writeModel(textual.finish(), join(fresh, "textual.onnx"), "bench");
  const visual = new GraphBuilder("visual");
  const pixels = visual.input("pixel_values", "uint8", ["batch", 3, IMAGE_SIZE, IMAGE_SIZE]);
  meanTimesDirection(visual, pixels, [1, 2, 3]);
  await writeModel(visual.finish(), join(fresh, "visual.onnx"), "bench");
  for (const { name } of Deno.readDirSync(fresh)) {
    await Deno.rename(join(fresh, name), join(directory, name));
  }
  await Deno.remove(fresh);
  return directory;
}

function meanTimesDirection(graph: GraphBuilder, input: string, axes: readonly number[]): void {
  const mean = graph.node("ReduceMean", [graph.cast(input, "float32"), graph.ints(axes)], {
    keepdims: 0,
  });
  const column = graph.node("Unsqueeze", [mean, graph.ints([1])]);
  const direction = graph.weight(
    "direction",
    "float32",
    [1, DIMENSIONS],
    () => new Uint8Array(DIRECTION.buffer),
  );
  const embedding = graph.node("Mul", [column, direction]);
  graph.output(embedding, "output", "float32", ["batch", DIMENSIONS]);
}
