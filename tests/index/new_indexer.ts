/** Indexers over an index in memory, and documents for them. */
import assert from "node:assert/strict";
import { ClipError, type ErrorKind } from "../../src/errors.ts";
import type { IndexSettings } from "../../src/flow/config.ts";
import { CheckedIndexer, type CheckedIndexerOptions } from "../../src/index/checked_indexer.ts";
import type { IndexEngine, IndexShape, Metric } from "../../src/index/engine.ts";
import type { IndexDocument } from "../../src/index/indexer.ts";
import { openMemoryEngine } from "./memory_engine.ts";

/** What never fires. */
export const NEVER: AbortSignal = new AbortController().signal;

/** A flow's settings: two hits, ten documents that may wait. */
export const SETTINGS: IndexSettings = {
  dimensions: null,
  metric: "cosine",
  limit: 2,
  includeMetadata: true,
  columns: {},
  indexAccessPaths: "@r",
  searchAccessPaths: "@c",
  efConstruction: 200,
  efSearch: 50,
  maxConnection: 16,
  maxQueue: 10,
};

/** A shape of two numbers, with the columns `price` and `brand`. */
export function shapeOf(metric: Metric = "cosine", dimensions = 2): IndexShape {
  return { dimensions, metric, columns: { price: "float", brand: "str" } };
}

/** An indexer over an engine. */
export function indexerOver(
  engine: IndexEngine,
  options: Partial<CheckedIndexerOptions> = {},
): CheckedIndexer {
  return new CheckedIndexer(engine, {
    name: "indexer",
    encoder: "clip",
    engine: "memory",
    shape: shapeOf(),
    settings: SETTINGS,
    maxAnswerBytes: 1000,
    ...options,
  });
}

/** An indexer that is empty. */
export async function newIndexer(
  options: Partial<CheckedIndexerOptions> = {},
): Promise<CheckedIndexer> {
  return indexerOver(await openMemoryEngine(options.shape ?? shapeOf()), options);
}

/** A document whose bytes are its id. */
export function document(
  id: string,
  embedding: ArrayLike<number> = [1, 0],
  tags?: Record<string, unknown>,
): IndexDocument {
  const bytes = new TextEncoder().encode(id);
  return { id, embedding: Float32Array.from(embedding), tags, document: bytes };
}

/** For `assert.rejects`: an error of a kind and message. */
export function refused(kind: ErrorKind, message: string | RegExp): (error: unknown) => boolean {
  return (error) => {
    assert.ok(error instanceof ClipError, String(error));
    if (typeof message === "string") assert.equal(error.message, message);
    else assert.match(error.message, message);
    assert.equal(error.kind, kind, error.message);
    return true;
  };
}
