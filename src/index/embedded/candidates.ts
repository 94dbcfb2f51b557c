/** Finds documents that are near a query: by the graph, or by looking at the codes of all. */
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

/** So many documents that a filter takes are looked at without asking the graph first. */
const FEW = 20_000;

/** Most candidates that the graph is asked for while too few of them meet a filter. */
const MOST_CANDIDATES = 8192;

/** Candidates beyond the limit, from which the nearest are measured. */
const SPARE = 64;

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
): Steps<Candidate[]> {
  const prepared = new Float32Array(query.length);
  const one: Query = {
    coded: encodeQuery(vectors.codes.metric, query),
    prepared: vectors.graph.prepare(query, prepared, 0) ? prepared : undefined,
    limit,
  };
  if (filter !== undefined) {
    return yield* filtered(vectors, database, one, database.condition(filter), clock);
  }
  const count = Math.max(vectors.graph.expansion, Math.ceil(1.5 * limit));
  return (yield* byGraph(vectors, one, count, 2 * limit + SPARE)) ??
    (yield* byCodes(vectors, one));
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
