/** Bytes of embeddings and images, in each form that they are sent and kept in. */
import { gzipSync } from "node:zlib";
import { writeFloatDigits } from "../../../src/encoding/float_digits.ts";
import { Random } from "../random.ts";

/** Forms of an embedding. */
export type EmbeddingForm = "json" | "json, gzip" | "base64" | "binary" | "float16";

/** Vectors that are packed together, as in an answer of so many documents. */
const TOGETHER = 32;

/** Bytes of one embedding of so many numbers, without what stands around it. */
export function embeddingBytes(dimensions: number, form: EmbeddingForm): number {
  switch (form) {
    case "binary":
      return 4 * dimensions;
    case "float16":
      return 2 * dimensions;
    case "base64":
      return 4 * Math.ceil(4 * dimensions / 3);
    case "json":
      return digits(dimensions).length / TOGETHER;
    case "json, gzip":
      return gzipSync(digits(dimensions)).length / TOGETHER;
  }
}

/** Bytes of an image's file as it is sent: base64 in JSON, itself in gRPC and WebSockets. */
export function sentImageBytes(bytes: number, protocol: "http" | "grpc" | "websocket"): number {
  return protocol === "http" ? 4 * Math.ceil(bytes / 3) : bytes;
}

/** The numbers of some embeddings, as JSON has them: normally distributed, as large as CLIP's. */
function digits(dimensions: number): Uint8Array {
  const random = new Random(1);
  const values = Float32Array.from({ length: TOGETHER * dimensions }, () => {
    const radius = Math.sqrt(-2 * Math.log(1 - random.next()));
    return 0.4 * radius * Math.cos(2 * Math.PI * random.next());
  });
  const pieces: Uint8Array[] = [];
  writeFloatDigits(values, (piece) => pieces.push(piece.slice()));
  const all = new Uint8Array(pieces.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const piece of pieces) {
    all.set(piece, at);
    at += piece.length;
  }
  return all;
}
