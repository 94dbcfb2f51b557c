/** What an inference request is answered, whatever it is written in. */
import type { Sliced, Slices } from "../../encoding/slices.ts";

/** An answer: one output, `EMBEDDING`. */
export interface InferAnswer {
  /** The model's name as it was asked for. */
  model: string;
  /** As the request had it; empty for none. */
  id: string;
  /** float32 `[d]` each, in the order of the items; not to be changed. */
  vectors: readonly Float32Array[];
  /** Numbers of an embedding, `d`. */
  size: number;
}

/** The shape of the output. */
export function shapeOf({ vectors, size }: InferAnswer): [number, number] {
  return [vectors.length, size];
}

/** Bytes of the output. */
export function outputBytes({ vectors, size }: InferAnswer): number {
  return vectors.length * size * Float32Array.BYTES_PER_ELEMENT;
}

/** A vector's numbers as they are in memory: little-endian, on every machine that this runs on. */
export function rawBytes({ buffer, byteOffset, byteLength }: Float32Array): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}

/** Writes the output's rows, one behind the other. */
export function* writeRows(
  { vectors }: InferAnswer,
  into: Uint8Array,
  at: number,
  slices: Slices,
): Sliced<void> {
  let place = at;
  for (const vector of vectors) {
    into.set(rawBytes(vector), place);
    place += vector.byteLength;
    if (slices.spent(vector.byteLength)) yield;
  }
}
