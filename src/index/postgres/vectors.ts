/** Embeddings and bytes as PostgreSQL has them on the wire (array_recv, vector_recv of pgvector). */
import { inSlices, type Sliced, type Slices } from "../../encoding/slices.ts";

/** An array of one dimension without nulls: dimensions, nulls, type, length, first index. */
const HEADER_BYTES = 20;
const BYTEA = 17;

/**
 * `vector[]`.
 * @param type the OID of `vector`, which every database has another of.
 */
export function vectorArray(
  embeddings: readonly Float32Array[],
  type: number,
  signal: AbortSignal,
): Uint8Array | Promise<Uint8Array> {
  return inSlices((slices) => writeVectors(embeddings, type, slices), signal);
}

/** `bytea[]`. */
export function byteaArray(values: readonly Uint8Array[]): Uint8Array {
  const bytes = values.reduce((sum, value) => sum + 4 + value.length, 0);
  const { array, view } = beginArray(values.length, BYTEA, bytes);
  let at = HEADER_BYTES;
  for (const value of values) {
    view.setInt32(at, value.length);
    array.set(value, at + 4);
    at += 4 + value.length;
  }
  return array;
}

/** Reads what `vector_send` wrote into a place. */
export function readVector(sent: Uint8Array, into: Float32Array): void {
  const view = new DataView(sent.buffer, sent.byteOffset, sent.length);
  for (let i = 0; i < into.length; i++) into[i] = view.getFloat32(4 + 4 * i);
}

function* writeVectors(
  embeddings: readonly Float32Array[],
  type: number,
  slices: Slices,
): Sliced<Uint8Array> {
  const dimensions = embeddings[0]?.length ?? 0;
  const size = 4 + 4 * dimensions;
  const { array, view } = beginArray(embeddings.length, type, embeddings.length * (4 + size));
  let at = HEADER_BYTES;
  for (const embedding of embeddings) {
    view.setInt32(at, size);
    view.setUint16(at + 4, dimensions);
    for (let i = 0; i < dimensions; i++) view.setFloat32(at + 8 + 4 * i, embedding[i]!);
    at += 4 + size;
    if (slices.spent(size)) yield;
  }
  return array;
}

function beginArray(
  length: number,
  type: number,
  bytes: number,
): { array: Uint8Array; view: DataView } {
  const array = new Uint8Array(HEADER_BYTES + bytes);
  const view = new DataView(array.buffer);
  // Nothing has no dimensions.
  view.setInt32(0, length === 0 ? 0 : 1);
  view.setInt32(8, type);
  view.setInt32(12, length);
  view.setInt32(16, 1);
  return { array: length === 0 ? array.subarray(0, 12) : array, view };
}
