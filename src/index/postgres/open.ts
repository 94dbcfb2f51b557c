/** Opening an index in a table of PostgreSQL. */
import type { IndexSettings } from "../../flow/config.ts";
import type { Log } from "../../telemetry/log.ts";
import type { IndexEngine, IndexShape } from "../engine.ts";
import { type Address, readAddress } from "./address.ts";
import { Connections } from "./connections.ts";
import { PostgresEngine } from "./engine.ts";
import { isPassing, openingFault } from "./faults.ts";
import { GraphKeeper } from "./graph_keeper.ts";
import { openTable } from "./schema.ts";
import { Table } from "./table.ts";
import { TableName } from "./table_name.ts";

/** Documents from which there is a graph: fewer are looked at in some milliseconds. */
const GRAPH_FROM = 5000;
/** Milliseconds between two looks at what waits for the graph. */
const LOOK_MS = 2000;
/** Milliseconds between two tries to reach the server. */
const FIRST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 5000;

/** Which index is opened, and how. */
export interface PostgresIndexOptions {
  shape: IndexShape;
  /** `postgresql://…`, as npm's `pg` reads it. */
  url: string;
  /** `table` or `schema.table`. */
  table: string;
  /** Connections at most, beside those for a moment that build a graph or cancel a statement. */
  poolSize: number;
  settings: Pick<IndexSettings, "efConstruction" | "efSearch" | "maxConnection">;
  log: Log;
  /** Ends the opening. */
  signal: AbortSignal;
  /** Documents from which there is a graph. */
  graphFrom?: number;
  /** Milliseconds between two looks at what waits for the graph. */
  lookMs?: number;
}

/**
 * Opens the index; it is made if it is not there. A server that cannot be reached is waited for.
 * @throws {ClipError} "config", mostly a {@linkcode KeyError}: what stays wrong until it is mended;
 * the signal's reason when it fires.
 */
export async function openPostgresIndex(options: PostgresIndexOptions): Promise<IndexEngine> {
  const { url, table, poolSize, signal, log } = options;
  const address = readAddress(url, table);
  const connections = new Connections(url, address, poolSize);
  try {
    for (let pause = FIRST_PAUSE_MS;; pause = Math.min(2 * pause, LONGEST_PAUSE_MS)) {
      try {
        return await openOnce(options, connections, address);
      } catch (thrown) {
        if (signal.aborted) throw signal.reason;
        const error = openingFault(thrown, address);
        if (!isPassing(error)) throw error;
        log.warn(`${error.message}. It is tried again`, { seconds: pause / 1000 });
        await rest(pause, signal);
      }
    }
  } catch (thrown) {
    await connections.close();
    throw thrown;
  }
}

async function openOnce(
  options: PostgresIndexOptions,
  connections: Connections,
  address: Address,
): Promise<IndexEngine> {
  const { shape, signal, log, settings, graphFrom = GRAPH_FROM, lookMs = LOOK_MS } = options;
  const name = new TableName(options.table);
  const opened = await connections.bareTransaction(
    (session) => openTable(session, name, shape, address),
    signal,
  );
  const table = new Table(name, shape, opened);
  const { efConstruction, efSearch, maxConnection } = settings;
  const keeper = new GraphKeeper({
    connections,
    table,
    settings: { maxConnection, efConstruction, from: graphFrom, lookMs },
    address,
    log,
  });
  await keeper.start(signal);
  return new PostgresEngine({ connections, table, keeper, efSearch, graphFrom });
}

function rest(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const leave = () => {
      clearTimeout(timer);
      reject(signal.reason);
    };
    const timer = setTimeout(() => {
      signal.removeEventListener("abort", leave);
      resolve();
    }, ms);
    signal.addEventListener("abort", leave, { once: true });
    if (signal.aborted) leave();
  });
}
