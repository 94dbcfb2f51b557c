/** OpenAI's list of embeddings, written into bytes. */
import type { JsonBytes } from "../../encoding/json_bytes.ts";
import type { Sliced, Slices } from "../../encoding/slices.ts";
import type { HttpAnswer } from "../../exchange/http.ts";
import type { Embedded } from "../embed.ts";
import { rowsCapacity, writeRows } from "../writing/rows.ts";
import { quantizedBytes, writeVector } from "../writing/vector_format.ts";
import { writtenAnswer } from "../writing/written_answer.ts";
import type { VectorEncoding } from "./vector_options.ts";

const ENVELOPE_BYTES = 512;

/** What an answer tells. */
export interface EmbeddingsAnswer extends Embedded {
  /** The model's name, as the client knows it. */
  model: string;
  encoding: VectorEncoding;
}

/** Makes it; a large one in slices, between which the signal ends it. */
export function embeddingsAnswer(
  answer: EmbeddingsAnswer,
  signal: AbortSignal,
): Promise<HttpAnswer> {
  const { vectors } = answer;
  return writtenAnswer(
    ENVELOPE_BYTES + rowsCapacity(vectors.length, vectors[0]?.length ?? 0),
    (json, slices) => writeEmbeddings(json, answer, slices),
    signal,
  );
}

function* writeEmbeddings(
  json: JsonBytes,
  { vectors, tokens, model, encoding }: EmbeddingsAnswer,
  slices: Slices,
): Sliced<void> {
  const count = vectors.length;
  const dimensions = vectors[0]?.length ?? 0;
  json.raw('{"object":"list","data":');
  yield* writeRows(json, { count, dimensions }, (index) => {
    json.raw(`{"object":"embedding","index":${index},"embedding":`);
    writeEncoded(json, vectors[index]!, encoding);
    json.raw("}");
  }, slices);
  json.raw(`,${envelopeEnd("embd", model, tokens)}`);
}

/** The members after an answer's `data` or `results`, with the closing bracket. */
export function envelopeEnd(prefix: string, model: string, tokens: number): string {
  const usage = `{"prompt_tokens":${tokens},"total_tokens":${tokens}}`;
  return `"model":${
    JSON.stringify(model)
  },"usage":${usage},"id":"${prefix}-${crypto.randomUUID()}",` +
    `"created":${Math.floor(Date.now() / 1000)}}`;
}

function writeEncoded(json: JsonBytes, vector: Float32Array, encoding: VectorEncoding): void {
  const { format, packed, half, bigEndian } = encoding;
  if (packed && format !== "float" && format !== "base64") {
    return json.base64(quantizedBytes(vector, format));
  }
  if (format !== "base64" || !(half || bigEndian)) return writeVector(json, vector, format);
  const values = half ? new Float16Array(vector) : vector.slice();
  const bytes = new Uint8Array(values.buffer);
  if (bigEndian) reverseEach(bytes, values.BYTES_PER_ELEMENT);
  json.base64(bytes);
}

/** Turns the bytes of each value around. */
function reverseEach(bytes: Uint8Array, size: number): void {
  for (let at = 0; at < bytes.length; at += size) bytes.subarray(at, at + size).reverse();
}
