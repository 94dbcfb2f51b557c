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
import { bringIn, buildGraph, countDocuments, dropGraph, type GraphShape } from "./graph.ts";
import { MAX_GRAPH_DIMENSIONS } from "./geometry.ts";
import type { Table } from "./table.ts";
import { quotedLiteral } from "./table_name.ts";

/** Documents that are brought in by one statement: their rows are locked meanwhile. */
const BATCH = 32;
/** Growth between two looks from which a load is still going on. */
const LOADING = 0.1;
/** When more wait than the graph holds, and than this, it is built anew. */
const REBUILD_FROM = 20_000;
/** How long it is left in peace after something failed; each time twice as long. */
const AFTER_FAULT_MS = 30_000;
const LONGEST_PAUSE_MS = 900_000;

/** How a graph is kept. */
export interface GraphSettings extends GraphShape {
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
    // After a fault it is left in peace, whatever is written.
    if (this.hasGraph && this.#complaint === undefined) this.#wake?.();
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
      if (pause > 0 && !signal.aborted) await this.#rest(pause);
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
    const one = () =>
      this.#connections.read((session) => bringIn(session, this.#table, BATCH), signal);
    if (await one() < BATCH) return false;
    const { pending, documents } = await this.#count(signal);
    if (pending > REBUILD_FROM && pending > documents / 2) {
      this.#log.info("Most documents wait for the graph: it is built anew", { pending, documents });
      await this.#connections.alone((session) => dropGraph(session, this.#table), signal);
      return true;
    }
    // Batch after batch, without looking.
    const until = performance.now() + this.#settings.lookMs;
    while (performance.now() < until) {
      if (await one() < BATCH) return false;
    }
    return true;
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
          await this.#connections.alone(
            (session) =>
              buildGraph(session, this.#table, { ...this.#settings, documents, log: this.#log }),
            signal,
          );
        }
        return row!.mine;
      }), signal);
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
