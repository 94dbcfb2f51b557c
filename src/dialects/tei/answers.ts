/** What text-embeddings-inference answers with vectors and ranks, written as JSON. */
import type { JsonBytes } from "../../encoding/json_bytes.ts";
import type { Sliced, Slices } from "../../encoding/slices.ts";
import type { RankScore } from "../../service/rank.ts";
import { writeRows } from "../writing/rows.ts";

/** Writes `[[0.1, …], …]`. */
export function* writeVectors(
  json: JsonBytes,
  vectors: readonly Float32Array[],
  slices: Slices,
): Sliced<void> {
  const size = { count: vectors.length, dimensions: vectors[0]?.length ?? 0 };
  yield* writeRows(json, size, (index) => json.floats(vectors[index]!), slices);
}

/** Texts in their order, as they are told. */
export interface Ranking {
  ranks: readonly RankScore[];
  /** By index, if they are wanted back. */
  texts: readonly string[] | undefined;
}

/** Digits that float32 has. */
const SCORE_DIGITS = 8;
/** Units of work of a rank, and bytes that it takes, about. */
const RANK_UNITS = 1000;
const RANK_BYTES = 48;

/** Writes `[{"index": 0, "text": "…", "score": 0.1}, …]`. */
export function* writeRanking(
  json: JsonBytes,
  { ranks, texts }: Ranking,
  slices: Slices,
): Sliced<void> {
  json.raw("[");
  for (const [place, { index, cosine }] of ranks.entries()) {
    json.raw(`${place === 0 ? "" : ","}{"index":${index},`);
    if (texts) {
      json.raw('"text":');
      yield* json.longText(texts[index]!, slices);
      json.raw(",");
    }
    json.raw(`"score":${Number(cosine.toPrecision(SCORE_DIGITS))}}`);
    if (slices.spent(RANK_UNITS)) yield;
  }
  json.raw("]");
}

/** Bytes that a ranking takes without its texts, about. */
export function rankingCapacity({ ranks }: Ranking): number {
  return 2 + RANK_BYTES * ranks.length;
}
