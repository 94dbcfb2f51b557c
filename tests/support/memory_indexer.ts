/** An indexer over the plainest engine, for tests of what stands before it. */
import { ClipError } from "../../src/errors.ts";
import { type Columns, columnValues } from "../../src/index/columns.ts";
import type { IndexEngine, Metric, Wanted } from "../../src/index/engine.ts";
import type { IndexDocument, Indexer, Search } from "../../src/index/indexer.ts";
import { parseFilter } from "../../src/index/filter/parse.ts";
import { openMemoryEngine } from "../index/memory_engine.ts";

/** What a test may choose. */
export interface MemoryIndexerOptions {
  name?: string;
  encoder?: string;
  dimensions?: number;
  metric?: Metric;
  columns?: Columns;
  indexAccessPaths?: string;
  searchAccessPaths?: string;
}

/** Makes one, of a fake encoder's embeddings by default. */
export async function memoryIndexer(options: MemoryIndexerOptions = {}): Promise<Indexer> {
  const { dimensions = 4, metric = "cosine", columns = {} } = options;
  const engine = await openMemoryEngine({ dimensions, metric, columns });
  return new MemoryIndexer(engine, { ...options, dimensions, metric, columns });
}

const ALL: Wanted = { documents: true, maxBytes: 1 << 28 };

class MemoryIndexer implements Indexer {
  readonly name: string;
  readonly encoder: string;
  readonly engine = "memory";
  readonly dimensions: number;
  readonly metric: Metric;
  readonly columns: Columns;
  readonly indexAccessPaths: string;
  readonly searchAccessPaths: string;
  readonly waiting = 0;
  readonly #engine: IndexEngine;

  constructor(
    engine: IndexEngine,
    { name, encoder, dimensions, metric, columns, indexAccessPaths, searchAccessPaths }:
      & MemoryIndexerOptions
      & Required<Pick<MemoryIndexerOptions, "dimensions" | "metric" | "columns">>,
  ) {
    this.#engine = engine;
    this.name = name ?? "indexer";
    this.encoder = encoder ?? "clip_t";
    this.dimensions = dimensions;
    this.metric = metric;
    this.columns = columns;
    this.indexAccessPaths = indexAccessPaths ?? "@r";
    this.searchAccessPaths = searchAccessPaths ?? "@r";
  }

  fault({ id, tags }: IndexDocument): ClipError | undefined {
    if (id.length > 1024) return new ClipError("document", "its id is too long");
    try {
      columnValues(this.columns, tags);
    } catch (thrown) {
      return ClipError.wrap(thrown);
    }
  }

  index(documents: readonly IndexDocument[], signal: AbortSignal) {
    return this.#engine.put(this.#entries(documents), signal);
  }

  update(documents: readonly IndexDocument[], signal: AbortSignal) {
    return this.#engine.update(this.#entries(documents), signal);
  }

  delete(ids: readonly string[], signal: AbortSignal) {
    return this.#engine.delete(ids, signal);
  }

  search({ queries, limit = 10, filter, includeMetadata }: Search, signal: AbortSignal) {
    const parsed = parseFilter(filter, this.columns);
    const all = new Float32Array(queries.length * this.dimensions);
    queries.forEach((query, i) => all.set(query, i * this.dimensions));
    return this.#engine.search({
      queries: all,
      limit,
      ...(parsed === undefined ? {} : { filter: parsed }),
      ...ALL,
      documents: includeMetadata ?? true,
    }, signal);
  }

  filter(
    { filter, limit = 10, offset = 0, includeMetadata }: Parameters<Indexer["filter"]>[0],
    signal: AbortSignal,
  ) {
    const parsed = parseFilter(filter, this.columns);
    return this.#engine.list({
      limit,
      offset,
      ...(parsed === undefined ? {} : { filter: parsed }),
      ...ALL,
      documents: includeMetadata ?? true,
    }, signal);
  }

  get(ids: readonly string[], signal: AbortSignal) {
    return this.#engine.get(ids, ALL, signal);
  }

  status(signal: AbortSignal) {
    return this.#engine.status(signal);
  }

  clear(signal: AbortSignal) {
    return this.#engine.clear(signal);
  }

  backup(name: string, signal: AbortSignal) {
    return this.#engine.backup(name, signal);
  }

  restore(name: string, signal: AbortSignal) {
    return this.#engine.restore(name, signal);
  }

  close() {
    return this.#engine.close();
  }

  #entries(documents: readonly IndexDocument[]) {
    return documents.map(({ id, embedding, tags, document }) => ({
      id,
      embedding,
      columns: columnValues(this.columns, tags),
      document,
    }));
  }
}
