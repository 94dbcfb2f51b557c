/** Rows of `.npy` files, ours and numpy's. */
import { NPY_HEADER_BYTES, readNpyHeader } from "../../src/bulk/outputs/npy.ts";

/** The first row of a float32 matrix. @throws {Error} if it is none. */
export async function firstRow(path: string): Promise<Float32Array> {
  const bytes = await Deno.readFile(path);
  const { dtype, columns } = readNpyHeader(bytes.subarray(0, NPY_HEADER_BYTES), path);
  if (dtype !== "float32") throw new Error(`${path} is ${dtype}`);
  return new Float32Array(bytes.buffer, NPY_HEADER_BYTES, columns);
}
