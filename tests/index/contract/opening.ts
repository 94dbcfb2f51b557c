/** How the contract's tests open an engine and ask it. */
import type {
  IndexEngine,
  IndexEntry,
  IndexShape,
  SearchHit,
  Wanted,
} from "../../../src/index/engine.ts";
import type { Filter } from "../../../src/index/filter/filter.ts";
import { joined } from "./entries.ts";

/** Opens the index of a place: a folder's or table's name. */
export type OpenEngine = (shape: IndexShape, place: string) => Promise<IndexEngine>;

/** What never fires. */
export const NEVER: AbortSignal = new AbortController().signal;

/** Everything of the documents. */
export const WHOLE: Wanted = { documents: true, maxBytes: 1 << 30 };

/** Ids only. */
export const IDS: Wanted = { documents: false, maxBytes: 0 };

/** An engine in a test's hands. */
export interface Opened {
  engine: IndexEngine;
  /** Columns that are not given are null. */
  put(...entries: IndexEntry[]): Promise<void>;
  /** Whole hits of one query. */
  search(query: ArrayLike<number>, limit: number, filter?: Filter): Promise<SearchHit[]>;
  /** Hits of many queries, without documents. */
  searchAll(
    queries: readonly Float32Array[],
    limit: number,
    filter?: Filter,
  ): Promise<SearchHit[][]>;
  /** All ids in the order of writing. */
  ids(filter?: Filter): Promise<string[]>;
  /** Closes it, and opens it again, also with another shape. */
  reopen(shape?: IndexShape): Promise<void>;
}

/** A test of one promise, with an engine of its own that is closed whatever happens. */
export function contractTest(
  name: string,
  open: OpenEngine,
  shape: IndexShape,
  test: (opened: Opened) => Promise<void>,
): void {
  Deno.test(name, async () => {
    const place = `contract_${crypto.randomUUID().replaceAll("-", "")}`;
    const opened = new OpenedEngine(await open(shape, place), open, shape, place);
    try {
      await test(opened);
    } finally {
      await opened.engine.close();
    }
  });
}

class OpenedEngine implements Opened {
  engine: IndexEngine;
  readonly #open: OpenEngine;
  #shape: IndexShape;
  readonly #place: string;

  constructor(engine: IndexEngine, open: OpenEngine, shape: IndexShape, place: string) {
    this.engine = engine;
    this.#open = open;
    this.#shape = shape;
    this.#place = place;
  }

  put(...entries: IndexEntry[]): Promise<void> {
    return this.engine.put(entries.map((entry) => this.#whole(entry)), NEVER);
  }

  async search(
    query: ArrayLike<number>,
    limit: number,
    filter?: Filter,
  ): Promise<SearchHit[]> {
    const queries = Float32Array.from(query);
    const [hits] = await this.engine.search({ ...WHOLE, queries, limit, ...given(filter) }, NEVER);
    return hits!;
  }

  searchAll(
    queries: readonly Float32Array[],
    limit: number,
    filter?: Filter,
  ): Promise<SearchHit[][]> {
    const request = { ...IDS, queries: joined(queries), limit, ...given(filter) };
    return this.engine.search(request, NEVER);
  }

  async ids(filter?: Filter): Promise<string[]> {
    const request = { ...IDS, limit: 1_000_000, offset: 0, ...given(filter) };
    return (await this.engine.list(request, NEVER)).map(({ id }) => id);
  }

  async reopen(shape: IndexShape = this.#shape): Promise<void> {
    await this.engine.close();
    this.engine = await this.#open(shape, this.#place);
    this.#shape = shape;
  }

  /** With a value of each declared column, as engines are given them. */
  #whole(entry: IndexEntry): IndexEntry {
    const none = Object.keys(this.#shape.columns).map((column) => [column, null]);
    return { ...entry, columns: { ...Object.fromEntries(none), ...entry.columns } };
  }
}

function given(filter: Filter | undefined): { filter?: Filter } {
  return filter === undefined ? {} : { filter };
}
