/** A search: candidates are measured by the embeddings in the database, until no other can be nearer. */
import { compareCodePoints } from "../../code_point_order.ts";
import { distances } from "../distance.ts";
import type { SearchRequest } from "../engine.ts";
import { Answer } from "./answer.ts";
import { type Candidates, findCandidates } from "./candidates.ts";
import type { Database } from "./database.ts";
import { Nearest } from "./nearest.ts";
import type { PackedHits } from "./packing.ts";
import type { StepClock, Steps } from "./steps.ts";
import type { Vectors } from "./vectors.ts";

/** A candidate that was measured. */
interface Measured {
  key: number;
  distance: number;
  embedding: Float32Array;
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
    for (const { key, id, distance, embedding } of withIds(database, measured).slice(0, limit)) {
      if (answer.add(key, id, embedding)) found.push(distance);
      if (clock.over) yield "pause";
    }
    counts.push(found.length - before);
  }
  return { ...answer.pack(), counts, distances: Float64Array.from(found) };
}

/**
 * Measures candidates, nearest first, until no other can be nearer than what was found.
 * @returns the nearest `limit`, and those that are as near as the last of them.
 */
function* measure(
  vectors: Vectors,
  database: Database,
  query: Float32Array,
  limit: number,
  { list, margin }: Candidates,
  clock: StepClock,
): Steps<Measured[]> {
  const { codes } = vectors;
  const exact = new Float64Array(1);
  const nearest = new Nearest(limit);
  const measured: Measured[] = [];
  for (const { slot, distance } of list) {
    if (distance - margin > (codes.metric === "euclidean" ? nearest.bound ** 2 : nearest.bound)) {
      break;
    }
    const key = codes.keyOf(slot);
    const embedding = database.embeddingOf(key);
    if (!embedding) continue;
    distances(codes.metric, query, embedding, exact);
    measured.push({ key, distance: exact[0]!, embedding });
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
