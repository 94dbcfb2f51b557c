/** A search: candidates are measured by the embeddings in the database, until no other can be nearer. */
import { compareCodePoints } from "../code_point_order.ts";
import { distances } from "../distance.ts";
import type { SearchRequest } from "../engine.ts";
import { Answer } from "./answer.ts";
import { type Candidate, findCandidates } from "./candidates.ts";
import type { Database } from "./database.ts";
import { Nearest } from "./nearest.ts";
import type { PackedHits } from "./packing.ts";
import type { StepClock, Steps } from "./steps.ts";
import type { Vectors } from "./vectors.ts";

/** Candidates beyond the limit that are measured in any case: they tell how far codes are off. */
const LEAST_SPARE = 4;

/** A candidate that was measured. */
interface Measured {
  key: number;
  distance: number;
}

/** Finds the nearest documents of each query. @throws {ClipError} "too_large". */
export function* search(
  vectors: Vectors,
  database: Database,
  request: SearchRequest,
  clock: StepClock,
): Steps<PackedHits> {
  const { dimensions } = vectors.codes;
  const { queries, limit, filter } = request;
  const answer = new Answer(request, database);
  const counts: number[] = [];
  const found: number[] = [];
  for (let at = 0; at < queries.length; at += dimensions) {
    const query = queries.subarray(at, at + dimensions);
    // No more than there are, however many are asked for.
    const most = Math.max(1, Math.min(limit, vectors.size));
    const candidates = yield* findCandidates(vectors, database, query, most, filter, clock);
    const measured = yield* measure(vectors, database, query, most, candidates, clock);
    const before = found.length;
    for (const { key, id, distance } of withIds(database, measured).slice(0, limit)) {
      if (answer.add(key, id)) found.push(distance);
      if (clock.over) yield "pause";
    }
    counts.push(found.length - before);
  }
  return { ...answer.pack(), counts, distances: Float64Array.from(found) };
}

/**
 * Measures candidates, nearest first, until the next ones are too far even if their codes are off by
 * twice as much as the worst so far.
 * @returns the nearest `limit`, and those that are as near as the last of them.
 */
function* measure(
  vectors: Vectors,
  database: Database,
  query: Float32Array,
  limit: number,
  candidates: readonly Candidate[],
  clock: StepClock,
): Steps<Measured[]> {
  const { codes } = vectors;
  const exact = new Float64Array(1);
  const nearest = new Nearest(limit);
  const measured: Measured[] = [];
  let off = 0;
  for (const [i, { slot, distance }] of candidates.entries()) {
    const about = codes.metric === "euclidean" ? Math.sqrt(Math.max(0, distance)) : distance;
    if (i >= limit + LEAST_SPARE && about - 2 * off > nearest.bound) break;
    const key = codes.keyOf(slot);
    const embedding = database.embeddingOf(key);
    if (!embedding) continue;
    distances(codes.metric, query, embedding, exact);
    off = Math.max(off, Math.abs(exact[0]! - about));
    measured.push({ key, distance: exact[0]! });
    nearest.offer(exact[0]!, slot);
    if (clock.over) yield "pause";
  }
  return measured.filter(({ distance }) => distance <= nearest.bound);
}

/** The ids of what was found; equally near ones in their order. */
function withIds(
  database: Database,
  measured: readonly Measured[],
): (Measured & { id: string })[] {
  return measured
    .flatMap((one) => {
      const id = database.idOf(one.key);
      return id === undefined ? [] : [{ ...one, id }];
    })
    .sort((a, b) => a.distance - b.distance || compareCodePoints(a.id, b.id));
}
