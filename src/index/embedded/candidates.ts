/** Finds documents that are near a query: by the graph, or by looking at the codes of all. */
import { norm } from "../distance.ts";
import type { Metric } from "../engine.ts";
import type { Filter } from "../filter/filter.ts";
import { type CodedQuery, encodeQuery } from "./coding.ts";
import type { Condition, Database } from "./database.ts";
import { Nearest } from "./nearest.ts";
import type { StepClock, Steps } from "./steps.ts";
import type { Vectors } from "./vectors.ts";

/** A document that may be near: its place, and about how far it is. */
export interface Candidate {
  slot: number;
  /** For euclidean the square of it. */
  distance: number;
}

/**
 * Codes that are looked at in the time that the graph takes for one of its candidates (100,000 × 512:
 * 5 µs against 0.08).
 */
const CODES_PER_CANDIDATE = 64;

/**
 * So many documents are looked at without asking the graph first, be they all there are or what a
 * filter takes: 20,000 × 512 take 1.6 ms, where the graph finds 96 % of the ten nearest if they lie in
 * no clusters.
 */
export const FEW = 20_000;

/**
 * Candidates that the graph is asked for, for each hit. It is less sure where lengths differ and count
 * (60,000 × 128 in clusters, of lengths from 0.2 to 3, 100 hits by euclidean: 88 % of the nearest with
 * 1.5 candidates for each, 97 % with 6).
 */
const CANDIDATES_OF_HIT: Readonly<Record<Metric, number>> = {
  cosine: 4,
  euclidean: 8,
  inner_product: 8,
};

/** Most candidates that the graph is asked for while too few of them meet a filter. */
const MOST_CANDIDATES = 8192;

/** Candidates beyond the limit, from which the nearest are measured. */
const SPARE = 64;

/** The candidates of a query. */
export interface Candidates {
  /** Nearest first. */
  list: Candidate[];
  /** How much nearer than that each may be (3.5 standard deviations of what codes round off). */
  margin: number;
}

/** One query, as each part takes it. */
interface Query {
  coded: CodedQuery;
  /** float32 `[D]` for the graph; undefined if it cannot have it. */
  prepared: Float32Array | undefined;
  limit: number;
}

/**
 * The candidates of a query, nearest first: more than `limit`, as many as there are.
 * @param query float32 `[D]`.
 */
export function* findCandidates(
  vectors: Vectors,
  database: Database,
  query: Float32Array,
  limit: number,
  filter: Filter | undefined,
  clock: StepClock,
): Steps<Candidates> {
  const prepared = new Float32Array(query.length);
  const one: Query = {
    coded: encodeQuery(vectors.codes.metric, query),
    prepared: vectors.graph.prepare(query, prepared, 0) ? prepared : undefined,
    limit,
  };
  const list = filter === undefined
    ? yield* unfiltered(vectors, one)
    : yield* filtered(vectors, database, one, database.condition(filter), clock);
  return { list, margin: marginOf(vectors, query, list) };
}

/** Each number of a code is off by up to half its factor, at random: the deviation is its 12th's root. */
function marginOf({ codes }: Vectors, query: Float32Array, list: readonly Candidate[]): number {
  let factor = 0;
  for (const { slot } of list) factor = Math.max(factor, codes.factorOf(slot));
  switch (codes.metric) {
    case "cosine":
      return factor;
    case "euclidean":
      return 2 * factor * norm(query, 0, query.length);
    case "inner_product":
      return factor * norm(query, 0, query.length);
  }
}

function* unfiltered(vectors: Vectors, query: Query): Steps<Candidate[]> {
  const { limit } = query;
  if (vectors.size <= FEW) return yield* byCodes(vectors, query);
  const count = Math.max(vectors.graph.expansion, CANDIDATES_OF_HIT[vectors.codes.metric] * limit);
  return (yield* byGraph(vectors, query, count, 2 * limit + SPARE)) ??
    (yield* byCodes(vectors, query));
}

function* filtered(
  vectors: Vectors,
  database: Database,
  query: Query,
  condition: Condition,
  clock: StepClock,
): Steps<Candidate[]> {
  const few = vectors.size <= FEW || database.count(condition, FEW + 1) <= FEW;
  let count = Math.max(vectors.graph.expansion, 4 * query.limit);
  for (; !few && count <= MOST_CANDIDATES; count *= 4) {
    if (clock.over) yield "pause";
    const found = yield* byGraph(vectors, query, count, count);
    if (!found) break;
    // All that is nearer than the last of them is among them, so that those are the nearest.
    const keys = found.map(({ slot }) => vectors.codes.keyOf(slot));
    const taken = database.among(keys, condition);
    const left = found.filter((_, i) => taken.has(keys[i]!));
    if (left.length >= query.limit + 8) return left.slice(0, 2 * query.limit + SPARE);
  }
  if (clock.over) yield "pause";
  const keys = ascending(database.keys(condition));
  if (clock.over) yield "pause";
  const nearest = new Nearest(2 * query.limit + SPARE);
  yield* vectors.codes.scanSome(query.coded, vectors.codes.slotsOf(keys), nearest);
  return nearest.sorted();
}

/**
 * By the graph, and by looking at all that is not in it.
 * @param most that are returned.
 * @returns undefined if it is less work to look at all codes.
 */
function* byGraph(
  vectors: Vectors,
  { coded, prepared }: Query,
  count: number,
  most: number,
): Steps<Candidate[] | undefined> {
  const { codes, graph, tail } = vectors;
  if (!prepared || count * CODES_PER_CANDIDATE > tail) return undefined;
  const nearest = new Nearest(most);
  const keys = ascending(Float64Array.from(graph.search(prepared, count)));
  yield* codes.scanSome(coded, codes.slotsOf(keys), nearest);
  yield* codes.scanSome(coded, vectors.apart, nearest);
  yield* codes.scan(coded, tail, codes.length, nearest);
  return nearest.sorted();
}

function* byCodes(vectors: Vectors, { coded, limit }: Query): Steps<Candidate[]> {
  const nearest = new Nearest(2 * limit + SPARE);
  yield* vectors.codes.scan(coded, 0, vectors.codes.length, nearest);
  return nearest.sorted();
}

/** Sorts keys, if they are not sorted: SQL mostly has them so. */
function ascending(keys: Float64Array): Float64Array {
  for (let i = 1; i < keys.length; i++) if (keys[i - 1]! > keys[i]!) return keys.sort();
  return keys;
}
