/** The index in a table of PostgreSQL. */
import type {
  IndexEngine,
  IndexEntry,
  IndexStatus,
  ListRequest,
  SearchHit,
  SearchRequest,
  StoredDocument,
  Wanted,
} from "../engine.ts";
import type { Connections, Session } from "./connections.ts";
import { backup, clear, restore } from "./copies.ts";
import { countDocuments } from "./graph.ts";
import type { GraphKeeper } from "./graph_keeper.ts";
import { get, list } from "./reading.ts";
import { search } from "./searching.ts";
import type { Table } from "./table.ts";
import { lockDocuments, planWriting, remove, write } from "./writing.ts";

/** What the engine is made of. */
export interface PostgresEngineParts {
  connections: Connections;
  table: Table;
  keeper: GraphKeeper;
  efSearch: number;
  /** Documents from which there is a graph. */
  graphFrom: number;
}

/** An index whose documents several servers may share. */
export class PostgresEngine implements IndexEngine {
  readonly #connections: Connections;
  readonly #table: Table;
  readonly #keeper: GraphKeeper;
  readonly #efSearch: number;
  readonly #graphFrom: number;

  constructor(parts: PostgresEngineParts) {
    this.#connections = parts.connections;
    this.#table = parts.table;
    this.#keeper = parts.keeper;
    this.#efSearch = parts.efSearch;
    this.#graphFrom = parts.graphFrom;
  }

  async put(entries: readonly IndexEntry[], signal: AbortSignal): Promise<void> {
    const writing = planWriting(entries);
    const work = (session: Session) => write(session, this.#table, writing, signal);
    // One statement is a transaction in itself, on one way to the server and back.
    if (writing.parts.length <= 1) await this.#connections.write(work, signal);
    else await this.#connections.transaction(work, signal);
    this.#keeper.nudge();
  }

  async update(entries: readonly IndexEntry[], signal: AbortSignal): Promise<string[]> {
    const ids = [...new Set(entries.map(({ id }) => id))];
    const there = await this.#connections.transaction(async (session) => {
      const there = await lockDocuments(session, this.#table, ids);
      const writing = planWriting(entries.filter(({ id }) => there.has(id)));
      await write(session, this.#table, writing, signal);
      return there;
    }, signal);
    this.#keeper.nudge();
    return ids.filter((id) => !there.has(id));
  }

  async delete(ids: readonly string[], signal: AbortSignal): Promise<string[]> {
    const there = await this.#connections.write(
      (session) => remove(session, this.#table, ids),
      signal,
    );
    return ids.filter((id) => !there.has(id));
  }

  search(request: SearchRequest, signal: AbortSignal): Promise<SearchHit[][]> {
    const { hasGraph, documents } = this.#keeper;
    const place = { table: this.#table, efSearch: this.#efSearch, graph: hasGraph, documents };
    return this.#connections.read((session) => search(session, place, request, signal), signal);
  }

  list(request: ListRequest, signal: AbortSignal): Promise<StoredDocument[]> {
    return this.#connections.read((session) => list(session, this.#table, request, signal), signal);
  }

  get(
    ids: readonly string[],
    wanted: Wanted,
    signal: AbortSignal,
  ): Promise<(StoredDocument | undefined)[]> {
    return this.#connections.read(
      (session) => get(session, this.#table, ids, wanted, signal),
      signal,
    );
  }

  async status(signal: AbortSignal): Promise<IndexStatus> {
    const { documents, pending } = await this.#connections.read(
      (session) => countDocuments(session, this.#table),
      signal,
    );
    if (!this.#keeper.possible) return { documents, pending: 0 };
    if (this.#keeper.hasGraph) return { documents, pending };
    return { documents, pending: documents < this.#graphFrom ? 0 : documents };
  }

  clear(signal: AbortSignal): Promise<void> {
    return this.#connections.transaction((session) => clear(session, this.#table), signal);
  }

  backup(name: string, signal: AbortSignal): Promise<void> {
    return this.#connections.transaction((session) => backup(session, this.#table, name), signal);
  }

  restore(name: string, signal: AbortSignal): Promise<void> {
    return this.#connections.transaction((session) => restore(session, this.#table, name), signal);
  }

  async close(): Promise<void> {
    await this.#keeper.close();
    await this.#connections.close();
  }
}
