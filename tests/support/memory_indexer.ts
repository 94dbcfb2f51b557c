/** An indexer over the plainest engine, for tests of what stands before it. */
import { CheckedIndexer } from "../../src/index/checked_indexer.ts";
import type { Columns } from "../../src/index/columns.ts";
import type { IndexEngine, Metric } from "../../src/index/engine.ts";
import type { Indexer } from "../../src/index/indexer.ts";
import { openMemoryEngine } from "../index/memory_engine.ts";
import { FAKE_DIMENSIONS } from "./fake_encoder.ts";

/** What a test may choose. */
export interface MemoryIndexerOptions {
  name?: string;
  encoder?: string;
  dimensions?: number;
  metric?: Metric;
  columns?: Columns;
  indexAccessPaths?: string;
  maxQueue?: number;
  maxAnswerBytes?: number;
  /** Methods in the place of the engine's. */
  instead?: (engine: IndexEngine) => Partial<IndexEngine>;
}

/** Makes one, of a fake encoder's embeddings by default. */
export async function memoryIndexer(options: MemoryIndexerOptions = {}): Promise<Indexer> {
  const { dimensions = FAKE_DIMENSIONS, metric = "cosine", columns = {} } = options;
  const shape = { dimensions, metric, columns };
  const engine = await openMemoryEngine(shape);
  return new CheckedIndexer(withMethods(engine, options.instead?.(engine) ?? {}), {
    name: options.name ?? "indexer",
    encoder: options.encoder ?? "clip_t",
    engine: "memory",
    shape,
    settings: {
      ...shape,
      limit: 10,
      includeMetadata: true,
      indexAccessPaths: options.indexAccessPaths ?? "@r",
      searchAccessPaths: "@r",
      efConstruction: 200,
      efSearch: 50,
      maxConnection: 16,
      maxQueue: options.maxQueue ?? 100_000,
    },
    maxAnswerBytes: options.maxAnswerBytes ?? 1 << 28,
  });
}

function withMethods(engine: IndexEngine, methods: Partial<IndexEngine>): IndexEngine {
  return new Proxy(engine, {
    get(target, name: keyof IndexEngine) {
      // Its private fields are the engine's own.
      return methods[name] ?? target[name].bind(target);
    },
  });
}
