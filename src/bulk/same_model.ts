/** Models told apart by what they make of one text. */
import { Buffer } from "node:buffer";
import { cosine } from "../service/rank.ts";

/** Models in several number formats differ less, other models more. */
const LEAST_COSINE = 0.95;

/** Whether two embeddings of one text can be of one model, whatever number format it runs in. */
export function isSameModel(a: Float32Array, b: Float32Array): boolean {
  return a.length === b.length && cosine(a, b) >= LEAST_COSINE;
}

/** An embedding as a short text: base64 of a byte for each number. Its direction is kept. */
export function packProbe(embedding: Float32Array): string {
  const largest = embedding.reduce((most, value) => Math.max(most, Math.abs(value)), 0) || 1;
  const bytes = Int8Array.from(embedding, (value) => Math.round(127 * value / largest));
  return Buffer.from(bytes.buffer).toString("base64");
}

/** The direction of what was packed. */
export function unpackProbe(packed: string): Float32Array {
  return Float32Array.from(Int8Array.from(Buffer.from(packed, "base64")));
}
