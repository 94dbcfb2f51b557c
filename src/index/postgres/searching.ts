/**
 * Searches: candidates by the graph, or all that a filter takes; distances anew from the embeddings.
 *
 * The graph (pgvector's HNSW, half precision) holds the documents that are `in_graph`; all others are
 * looked at one by one. What a filter takes little of is looked at one by one as a whole: of those
 * the graph would find too few.
 */
import { inSlices, type Sliced, type Slices } from "../../encoding/slices.ts";
import { compareCodePoints } from "../../code_point_order.ts";
import { distance } from "../distance.ts";
import type { SearchHit, SearchRequest, Wanted } from "../engine.ts";
import type { Session } from "./connections.ts";
import { preparedQueries } from "./geometry.ts";
import { answerTooLarge, counted, type DocumentRow, ifFits } from "./reading.ts";
import type { Condition, Table } from "./table.ts";
import { readVector, vectorArray } from "./vectors.ts";

/** Candidates of the graph for each hit, and beside: half precision orders a little otherwise. */
const CANDIDATES_PER_HIT = 2;
const MORE_CANDIDATES = 30;
/** The most candidates that pgvector keeps in mind (hnsw.ef_search); beyond it goes on in rounds. */
const MAX_EF_SEARCH = 1000;

/** So few documents are always looked at one by one: it takes some milliseconds. */
const FEW = 5000;
/**
 * To look at a document costs 1 where a step in the graph costs 25, and a filter that takes m of n
 * documents lets one of n/m steps count: c candidates cost 25·c·n/m, all that it takes m.
 */
const STEP_COST = 25;

/** Queries and bytes of embeddings of one statement. */
const STATEMENT_QUERIES = 64;
const STATEMENT_BYTES = 8 * 2 ** 20;

/** What a search has to know beside the request. */
export interface SearchPlace {
  table: Table;
  efSearch: number;
  /** Whether there is a graph, as far as is known: without one all are looked at. */
  graph: boolean;
  /** About how many documents there are. */
  documents: number;
}

interface HitRow extends DocumentRow {
  /** Of the query, counted from 1. */
  number: number;
}

/** Per query its nearest documents. @throws {ClipError} "too_large" */
export async function search(
  session: Session,
  place: SearchPlace,
  request: SearchRequest,
  signal: AbortSignal,
): Promise<SearchHit[][]> {
  const { dimensions } = place.table.shape;
  const count = request.queries.length / dimensions;
  const each = request.limit * (4 * dimensions + 64);
  const step = Math.max(1, Math.min(STATEMENT_QUERIES, Math.floor(STATEMENT_BYTES / each)));
  const all = count > 0 && await looksAtAll(session, place, request);
  const hits: SearchHit[][] = [];
  let left = request.maxBytes;
  for (let at = 0; at < count; at += step) {
    const queries = request.queries.subarray(at * dimensions, (at + step) * dimensions);
    const part: SearchRequest = { ...request, queries, maxBytes: left };
    let found = await ask(session, place, part, all, signal);
    // Also removed documents stand in the way of a graph's search.
    if (!all && found.some(({ length }) => length < request.limit)) {
      found = await ask(session, place, part, true, signal);
    }
    if (request.documents) left -= bytesOf(found);
    hits.push(...found);
  }
  return hits;
}

/** Whether it is as well to look at all that the filter takes. */
async function looksAtAll(
  session: Session,
  { table, graph, documents }: SearchPlace,
  { filter, limit }: SearchRequest,
): Promise<boolean> {
  if (!graph) return true;
  if (!filter) return false;
  const bound = Math.max(FEW, Math.ceil(Math.sqrt(STEP_COST * candidatesOf(limit) * documents)));
  const { text, parameters } = table.condition(filter, 2);
  const [row] = await session.query<{ few: boolean }>(
    `select count(*) < $1::bigint as few
     from (select 1 from ${table.name.quoted} where ${text} limit $1::bigint) taken`,
    [bound, ...parameters],
  );
  return row!.few;
}

async function ask(
  session: Session,
  place: SearchPlace,
  request: SearchRequest,
  all: boolean,
  signal: AbortSignal,
): Promise<SearchHit[][]> {
  const { table } = place;
  const { dimensions } = table.shape;
  const prepared = preparedQueries(request.queries, table.shape);
  const queries = split(prepared, dimensions);
  const array = await vectorArray(queries, table.vectorType, signal);
  const condition = table.condition(request.filter, 3);
  const candidates = candidatesOf(request.limit);
  const graph = { candidates, ef: Math.min(MAX_EF_SEARCH, Math.max(place.efSearch, candidates)) };
  const text = searchSql(table, condition, request, all ? undefined : graph);
  const rows = await session.query<HitRow>(text, [array, request.limit, ...condition.parameters]);
  return await inSlices((slices) => toHits(rows, table, request, slices), signal);
}

function candidatesOf(limit: number): number {
  return CANDIDATES_PER_HIT * limit + MORE_CANDIDATES;
}

/**
 * One statement for some queries. pgvector's settings hold for the statement only: it is a
 * transaction of its own, and a pool between us and PostgreSQL may hand the next one to another
 * connection. They have to be set before the graph is asked, so that part refers to them.
 */
function searchSql(
  table: Table,
  { text }: Condition,
  wanted: Wanted,
  graph: { candidates: number; ef: number } | undefined,
): string {
  const { name, geometry } = table;
  const rows = `select id, document, embedding from ${name.quoted} where (${text})`;
  const order = `order by ${geometry.exact("embedding", "query.vector")}, id limit $2::bigint`;
  const nearest = !graph ? `${rows} ${order}` : `select * from (
    (${rows} and in_graph and settings.ef is not null
      order by ${geometry.near("embedding", "query.vector")} limit ${graph.candidates})
    union all
    (${rows} and not in_graph ${order})
  ) candidates ${order}`;
  const settings = !graph ? "" : `(select set_config('hnsw.ef_search', '${graph.ef}', true) as ef,
    set_config('hnsw.iterative_scan', 'relaxed_order', true) as iterative offset 0) settings,`;
  const hits = `(select query.number::int as number, hit.* from ${settings}
    unnest($1::vector[]) with ordinality as query(vector, number), lateral (${nearest}) hit)`;
  const columns = "select number, id, vector_send(embedding) as embedding";
  if (!wanted.documents) return `${columns} from ${hits} hits`;
  return `${columns}, ${ifFits("document", wanted)} as document, bytes
    from ${counted(table, hits)}`;
}

function* toHits(
  rows: readonly HitRow[],
  table: Table,
  request: SearchRequest,
  slices: Slices,
): Sliced<SearchHit[][]> {
  const { dimensions, metric } = table.shape;
  const queries = split(request.queries, dimensions);
  const hits = queries.map((): SearchHit[] => []);
  for (const { number, id, embedding, document, bytes } of rows) {
    if (document === null) throw answerTooLarge(Number(bytes), request);
    const values = new Float32Array(dimensions);
    readVector(embedding!, values);
    const hit: SearchHit = { id, distance: distance(metric, queries[number - 1]!, values) };
    if (document) Object.assign(hit, { embedding: values, document });
    hits[number - 1]!.push(hit);
    if (slices.spent(16 * dimensions)) yield;
  }
  for (const each of hits) {
    each.sort((a, b) => a.distance - b.distance || compareCodePoints(a.id, b.id));
    if (slices.spent(64 * each.length)) yield;
  }
  return hits;
}

function bytesOf(hits: readonly SearchHit[][]): number {
  let bytes = 0;
  for (const each of hits) {
    for (const { document, embedding } of each) {
      bytes += (document?.length ?? 0) + (embedding?.byteLength ?? 0);
    }
  }
  return bytes;
}

function split(queries: Float32Array, dimensions: number): Float32Array[] {
  const count = queries.length / dimensions;
  return Array.from(
    { length: count },
    (_, i) => queries.subarray(i * dimensions, (i + 1) * dimensions),
  );
}
