/** A `.safetensors` file of seeded random float32 values, streamed. */
import { nameSeed, normalChunks } from "../random_values.ts";
import type { PublishedTensor } from "./published_tensors.ts";

/** Writes it to `out`; the same tensors and seed give the same bytes. */
export function writeSafetensors(
  out: string,
  tensors: readonly PublishedTensor[],
  seed: number,
): void {
  using file = Deno.openSync(out, { write: true, create: true, truncate: true });
  const header: Record<string, unknown> = { __metadata__: { format: "pt" } };
  let end = 0;
  for (const { name, shape } of tensors) {
    const from = end;
    end += 4 * elements(shape);
    header[name] = { dtype: "F32", shape, data_offsets: [from, end] };
  }
  const json = new TextEncoder().encode(JSON.stringify(header));
  const size = new Uint8Array(new BigUint64Array([BigInt(json.length)]).buffer);
  for (const part of [size, json]) writeAll(file, part);
  for (const { name, shape, values } of tensors) {
    const chunks = normalChunks(elements(shape), values, "float32", nameSeed(name, seed));
    for (const chunk of chunks) writeAll(file, chunk);
  }
}

function elements(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}

function writeAll(file: Deno.FsFile, bytes: Uint8Array): void {
  let done = 0;
  while (done < bytes.length) done += file.writeSync(bytes.subarray(done));
}
