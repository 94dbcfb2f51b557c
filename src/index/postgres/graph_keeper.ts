/**
 * Keeps the graph, beside the requests.
 *
 * To put a document into pgvector's HNSW takes some milliseconds, fifty times what it takes to write
 * it; to build one over all documents at once takes a fifth of that for each. So documents are
 * written beside the graph, where searches look at each, and brought in afterwards: one by one, or by
 * building the graph when there is none. There is none while documents are few, and while so many
 * come that it would be out of date at once.
 *
 * Every server that has the table open brings documents in; they pass over what another has in hand.
 * A graph is built by one of them, which holds a lock of the database meanwhile. Whatever of this is
 * late or fails, searches are right: PostgreSQL keeps the index true to `in_graph`.
 */
import { ClipError } from "../../errors.ts";
import type { Log } from "../../telemetry/log.ts";
import { type Connections, inTransaction, type Session } from "./connections.ts";
import { requestFault } from "./faults.ts";
import type { Address } from "./address.ts";
import { MAX_GRAPH_DIMENSIONS } from "./geometry.ts";
import type { Table } from "./table.ts";
import { quotedLiteral } from "./table_name.ts";

/** Documents that are brought in by one statement: their rows are locked meanwhile. */
const BATCH = 32;
/** Documents that a statement marks while there is no graph, which costs little. */
const LARGE_BATCH = 2000;
/** Growth between two looks from which a load is still going on. */
const LOADING = 0.1;
/** When more wait than the graph holds, and than this, it is built anew. */
const REBUILD_FROM = 20_000;
/** Memory that PostgreSQL is asked to give the building of a graph. */
const MAX_BUILD_BYTES = 2 ** 30;
/** What a vector takes in it beside its numbers; of each neighbour. */
const NODE_BYTES = 200;
const NEIGHBOUR_BYTES = 24;
/** How long it is left in peace after something failed; each time twice as long. */
const AFTER_FAULT_MS = 30_000;
const LONGEST_PAUSE_MS = 900_000;

/** How a graph is kept. */
export interface GraphSettings {
  maxConnection: number;
  efConstruction: number;
  /** Documents from which there is one. */
  from: number;
  /** Milliseconds between two looks. */
  lookMs: number;
}

/** What is there of a graph. */
type GraphState = "none" | "building" | "broken" | "there";

/** The keeper of one server. */
export class GraphKeeper {
  readonly #connections: Connections;
  readonly #table: Table;
  readonly #settings: GraphSettings;
  readonly #address: Address;
  readonly #log: Log;
  readonly #stop = new AbortController();
  #running: Promise<void> | undefined;
  #wake: (() => void) | undefined;
  #state: GraphState = "none";
  #documents = 0;
  /** Documents at the last look while there was no graph. */
  #before: number | undefined;
  #complaint: string | undefined;

  constructor(options: {
    connections: Connections;
    table: Table;
    settings: GraphSettings;
    address: Address;
    log: Log;
  }) {
    this.#connections = options.connections;
    this.#table = options.table;
    this.#settings = options.settings;
    this.#address = options.address;
    this.#log = options.log;
  }

  /** Whether there is a graph, as of the last look. */
  get hasGraph(): boolean {
    return this.#state === "there";
  }

  /** Documents, about. */
  get documents(): number {
    return this.#documents;
  }

  /** Whether there is ever one. */
  get possible(): boolean {
    return this.#table.shape.dimensions <= MAX_GRAPH_DIMENSIONS;
  }

  /** Looks once, and goes on beside the requests. @throws {ClipError} */
  async start(signal: AbortSignal): Promise<void> {
    if (!this.possible) {
      this.#log.warn(
        `pgvector has no graph of more than ${MAX_GRAPH_DIMENSIONS} dimensions: ` +
          `searches look at every document`,
      );
      return;
    }
    await this.#connections.read((session) => this.#look(session), signal);
    this.#running = this.#keep();
  }

  /** Something was written. Without a graph it is looked at in its time, to see what comes in it. */
  nudge(): void {
    if (this.hasGraph) this.#wake?.();
  }

  /** Ends what is under way. */
  async close(): Promise<void> {
    this.#stop.abort(new ClipError("unavailable", "The index is closed"));
    this.#wake?.();
    await this.#running;
  }

  async #keep(): Promise<void> {
    const { signal } = this.#stop;
    let afterFault = AFTER_FAULT_MS;
    while (!signal.aborted) {
      let pause = this.#settings.lookMs;
      try {
        if (await this.#step(signal)) pause = 0;
        this.#complaint = undefined;
        afterFault = AFTER_FAULT_MS;
      } catch (thrown) {
        if (signal.aborted) return;
        this.#complain(requestFault(thrown, this.#address));
        pause = afterFault;
        afterFault = Math.min(2 * afterFault, LONGEST_PAUSE_MS);
      }
      if (pause > 0) await this.#rest(pause);
    }
  }

  /** @returns whether there is more to do at once. */
  async #step(signal: AbortSignal): Promise<boolean> {
    await this.#connections.read((session) => this.#look(session), signal);
    switch (this.#state) {
      case "there":
        this.#before = undefined;
        return await this.#bringIn(signal);
      case "building":
        return false;
      default:
        return await this.#buildWhenQuiet(signal);
    }
  }

  async #look(session: Session): Promise<void> {
    const { quoted, graph } = this.#table.name;
    const [row] = await session.query<{ valid: boolean | null; building: boolean; about: string }>(
      `select (select indisvalid from pg_index where indexrelid = to_regclass($1)) as valid,
        exists (select 1 from pg_stat_progress_create_index where relid = to_regclass($2)) as building,
        (select reltuples::bigint from pg_class where oid = to_regclass($2)) as about`,
      [graph, quoted],
    );
    const { valid, building, about } = row!;
    if (valid) this.#state = "there";
    else if (building) this.#state = "building";
    else this.#state = valid === null ? "none" : "broken";
    if (this.#state === "there") this.#documents = Math.max(this.#documents, Number(about));
  }

  async #bringIn(signal: AbortSignal): Promise<boolean> {
    const one = () => this.#connections.read((session) => this.#mark(session, BATCH), signal);
    if (await one() < BATCH) return false;
    const { pending, documents } = await this.#count(signal);
    if (pending > REBUILD_FROM && pending > documents / 2) {
      this.#log.info("Most documents wait for the graph: it is built anew", { pending, documents });
      await this.#connections.alone((session) => this.#drop(session), signal);
      return true;
    }
    // Batch after batch, without looking.
    const until = performance.now() + this.#settings.lookMs;
    while (performance.now() < until) {
      if (await one() < BATCH) return false;
    }
    return true;
  }

  /** Marks the oldest documents that wait as in the graph. @returns how many they were. */
  async #mark(session: Session, limit: number): Promise<number> {
    const { quoted } = this.#table.name;
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

  async #buildWhenQuiet(signal: AbortSignal): Promise<boolean> {
    const { documents } = await this.#count(signal);
    const before = this.#before;
    this.#before = documents;
    if (documents < this.#settings.from) return false;
    if (before === undefined || documents - before > LOADING * documents) return false;
    return await this.#connections.alone((holder) =>
      inTransaction(holder, async () => {
        // Held until the transaction ends, and by nobody else: also behind a pool that hands out
        // connections by the transaction. Without parameters it leaves no portal open, whose
        // snapshot the building would wait for.
        const [row] = await holder.query<{ mine: boolean }>(
          `select pg_try_advisory_xact_lock(
            hashtextextended(${quotedLiteral(this.#table.name.quoted)}, 1)) as mine`,
        );
        if (row!.mine) {
          await this.#connections.alone((session) => this.#build(session, documents), signal);
        }
        return row!.mine;
      }), signal);
  }

  async #build(session: Session, documents: number): Promise<void> {
    const { name, geometry } = this.#table;
    const began = performance.now();
    await session.query("set statement_timeout = 0");
    await session.query("set lock_timeout = 0");
    await this.#drop(session);
    while (await this.#mark(session, LARGE_BATCH) > 0);
    // The planner takes the graph or not by what it knows of the columns.
    await session.query(`analyze ${name.quoted}`);
    await this.#giveMemory(session, documents);
    this.#log.info("A graph is being built", { documents });
    const { efConstruction, maxConnection } = this.#settings;
    const text = `create index concurrently ${name.bareGraph} on ${name.quoted}
      using hnsw (${geometry.kept} ${geometry.operators})
      with (m = ${maxConnection}, ef_construction = ${efConstruction}) where in_graph`;
    try {
      await session.query(text);
    } catch (thrown) {
      if (!isSharedMemory(thrown)) throw thrown;
      // Those who build at once share memory, of which a container has little.
      await this.#drop(session);
      await session.query("set max_parallel_maintenance_workers = 0");
      await session.query(text);
    }
    const seconds = Math.round((performance.now() - began) / 100) / 10;
    this.#log.info("The graph is built", { documents, seconds });
  }

  /** What does not fit in memory is built as slowly as it is brought in. */
  async #giveMemory(session: Session, documents: number): Promise<void> {
    const { maxConnection } = this.#settings;
    const { dimensions } = this.#table.shape;
    const each = 2 * dimensions + NODE_BYTES + 2 * maxConnection * NEIGHBOUR_BYTES;
    const wanted = Math.min(MAX_BUILD_BYTES, 2 ** 26 + Math.ceil(1.2 * documents * each));
    await session.query(
      `select set_config('maintenance_work_mem', ($1::bigint / 1024)::text || 'kB', false)
       where $1::bigint > pg_size_bytes(current_setting('maintenance_work_mem'))`,
      [wanted],
    );
  }

  async #drop(session: Session): Promise<void> {
    await session.query(`drop index concurrently if exists ${this.#table.name.graph}`);
  }

  async #count(signal: AbortSignal): Promise<{ documents: number; pending: number }> {
    const counted = await this.#connections.read(
      (session) => countDocuments(session, this.#table),
      signal,
    );
    this.#documents = counted.documents;
    return counted;
  }

  /** Once for each that is new. */
  #complain(error: ClipError): void {
    if (error.message === this.#complaint) return;
    this.#complaint = error.message;
    this.#log.warn(`The graph is not kept: ${error.message}`);
  }

  #rest(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.#wake = () => {
        this.#wake = undefined;
        clearTimeout(timer);
        resolve();
      };
    });
  }
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
