/** Answers of text-embeddings-inference, written as JSON. */
import { JsonBytes } from "../../encoding/json_bytes.ts";
import { inSlices, type Sliced, type Slices } from "../../encoding/slices.ts";
import type { RankScore } from "../../service/rank.ts";
import { rowsCapacity, writeRows } from "../writing/rows.ts";

/** `[[0.1, …], …]`. */
export async function vectorsJson(
  vectors: readonly Float32Array[],
  signal: AbortSignal,
): Promise<Uint8Array> {
  const dimensions = vectors[0]?.length ?? 0;
  return await inSlices(function* (slices): Sliced<Uint8Array> {
    const json = new JsonBytes(rowsCapacity(vectors.length, dimensions));
    yield* writeVectors(json, vectors, slices);
    return yield* json.finish(slices);
  }, signal);
}

/** Writes `[[0.1, …], …]`. */
export function* writeVectors(
  json: JsonBytes,
  vectors: readonly Float32Array[],
  slices: Slices,
): Sliced<void> {
  const size = { count: vectors.length, dimensions: vectors[0]?.length ?? 0 };
  yield* writeRows(json, size, (index) => json.floats(vectors[index]!), slices);
}

/** A text's place in the order. */
export interface RankRecord {
  index: number;
  text?: string;
  score: number;
}

/** Ranks with their texts, if those are given; scores with the digits that float32 has. */
export function rankRecords(
  ranks: readonly RankScore[],
  texts: readonly string[] | undefined,
): RankRecord[] {
  return ranks.map(({ index, cosine }) => ({
    index,
    ...(texts === undefined ? {} : { text: texts[index]! }),
    score: Number(cosine.toPrecision(FLOAT32_DIGITS)),
  }));
}

const FLOAT32_DIGITS = 8;
