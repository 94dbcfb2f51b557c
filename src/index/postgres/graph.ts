/** The graph of an index: pgvector's HNSW over the documents that are marked as in it. */
import type { Log } from "../../telemetry/log.ts";
import type { Session } from "./connections.ts";
import type { Table } from "./table.ts";

/** Documents that a statement marks while there is no graph, which costs little. */
const LARGE_BATCH = 2000;
/** Memory that PostgreSQL is asked to give the building of a graph. */
const MAX_BUILD_BYTES = 2 ** 30;
/** What a vector takes in it beside its numbers; of each neighbour. */
const NODE_BYTES = 200;
const NEIGHBOUR_BYTES = 24;

/** How a graph is built. */
export interface GraphShape {
  maxConnection: number;
  efConstruction: number;
}

/** Builds the graph over all documents, whatever is there of one. @throws what `pg` throws. */
export async function buildGraph(
  session: Session,
  table: Table,
  { documents, log, ...shape }: GraphShape & { documents: number; log: Log },
): Promise<void> {
  const { name, geometry } = table;
  const began = performance.now();
  await session.query("set statement_timeout = 0");
  await session.query("set lock_timeout = 0");
  await dropGraph(session, table);
  while (await bringIn(session, table, LARGE_BATCH) > 0);
  // The planner takes the graph or not by what it knows of the columns.
  await session.query(`analyze ${name.quoted}`);
  await giveMemory(session, documents, table.shape.dimensions, shape.maxConnection);
  log.info("A graph is being built", { documents });
  const { efConstruction, maxConnection } = shape;
  const text = `create index concurrently ${name.bareGraph} on ${name.quoted}
      using hnsw (${geometry.kept} ${geometry.operators})
      with (m = ${maxConnection}, ef_construction = ${efConstruction}) where in_graph`;
  try {
    await session.query(text);
  } catch (thrown) {
    if (!isSharedMemory(thrown)) throw thrown;
    // Those who build at once share memory, of which a container has little.
    await dropGraph(session, table);
    await session.query("set max_parallel_maintenance_workers = 0");
    await session.query(text);
  }
  const seconds = Math.round((performance.now() - began) / 100) / 10;
  log.info("The graph is built", { documents, seconds });
}

/** Marks the oldest documents that wait as in the graph. @returns how many they were. */
export async function bringIn(session: Session, { name }: Table, limit: number): Promise<number> {
  const { quoted } = name;
  const [row] = await session.query<{ marked: number }>(
    `with waiting as materialized (
        select id from ${quoted} where not in_graph order by position
        limit ${limit} for update skip locked
      ), marked as (
        update ${quoted} set in_graph = true from waiting
        where ${quoted}.id = waiting.id returning 1
      ) select count(*)::int as marked from marked`,
  );
  return row!.marked;
}

/** What does not fit in memory is built as slowly as it is brought in. */
async function giveMemory(
  session: Session,
  documents: number,
  dimensions: number,
  maxConnection: number,
): Promise<void> {
  const each = 2 * dimensions + NODE_BYTES + 2 * maxConnection * NEIGHBOUR_BYTES;
  const wanted = Math.min(MAX_BUILD_BYTES, 2 ** 26 + Math.ceil(1.2 * documents * each));
  await session.query(
    `select set_config('maintenance_work_mem', ($1::bigint / 1024)::text || 'kB', false)
       where $1::bigint > pg_size_bytes(current_setting('maintenance_work_mem'))`,
    [wanted],
  );
}

/** Lets go of the graph, or of what was built of it. */
export async function dropGraph(session: Session, { name }: Table): Promise<void> {
  await session.query(`drop index concurrently if exists ${name.graph}`);
}

/** All documents, and those that wait to be in a graph. */
export async function countDocuments(
  session: Session,
  { name }: Table,
): Promise<{ documents: number; pending: number }> {
  const [row] = await session.query<{ documents: string; pending: string }>(
    `select (select count(*) from ${name.quoted}) as documents,
      (select count(*) from ${name.quoted} where not in_graph) as pending`,
  );
  return { documents: Number(row!.documents), pending: Number(row!.pending) };
}

function isSharedMemory(thrown: unknown): boolean {
  return thrown instanceof Error && /shared memory/.test(thrown.message);
}
