/** Checkpoints of the catalog's true shapes that hold nothing but zeros, and files that are none. */
import { gzipSync } from "node:zlib";
import { expectedShapes, type TensorSizes } from "../../src/checkpoint/naming/shapes.ts";
import { CATALOG, type CatalogEntry } from "../../src/model/catalog/catalog.ts";

/** What a git clone without LFS leaves in the place of weights. */
export const LFS_POINTER = "version https://git-lfs.github.com/spec/v1\n" +
  "oid sha256:4d7a214614ab2935c943f9e0ff69d22eadbb8f32b1258daaa5e2ca24d17e2393\n" +
  "size 605157884\n";

/** The header of a `.safetensors` file with these sizes in float16, and the file's whole length. */
function header(sizes: TensorSizes): { head: Uint8Array; length: number } {
  const tensors: Record<string, unknown> = {};
  let end = 0;
  for (const [name, shape] of expectedShapes(sizes)) {
    const begin = end;
    end += 2 * shape.reduce((a, b) => a * b, 1);
    tensors[name] = { dtype: "F16", shape, data_offsets: [begin, end] };
  }
  const json = new TextEncoder().encode(JSON.stringify(tensors));
  const head = new Uint8Array(8 + json.length);
  new DataView(head.buffer).setBigUint64(0, BigInt(json.length), true);
  head.set(json, 8);
  return { head, length: head.length + end };
}

/** Writes a model's checkpoint as a file with a hole: it has its full length and takes no room. */
export function writeHollowCheckpoint(path: string, sizes: TensorSizes): void {
  const { head, length } = header(sizes);
  Deno.writeFileSync(path, head);
  Deno.truncateSync(path, length);
}

/** A model of the catalog. */
export function catalogEntry(name: string): CatalogEntry {
  return CATALOG.find((entry) => entry.name === name)!;
}

/** A model's checkpoint, gzipped: a few hundred kilobytes. */
export function packedCheckpoint(name: string): Uint8Array {
  const { head, length } = header(catalogEntry(name).architecture);
  const bytes = new Uint8Array(length);
  bytes.set(head);
  return new Uint8Array(gzipSync(bytes, { level: 1 }));
}
