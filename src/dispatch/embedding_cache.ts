/** Embeddings of items that may come again. */
import { LRUCache } from "lru-cache";

/** What is kept of an item that was computed. */
export interface KnownEmbedding {
  /** float32 `[D]`, not to be changed. */
  readonly embedding: Float32Array;
  /** Of a text: its ids. */
  readonly tokens: number;
}

/** The cache. What was not asked for longest goes first. */
export type EmbeddingCache = Pick<LRUCache<string, KnownEmbedding>, "get" | "set">;

/** @param maxBytes of embeddings and keys; 0 for no cache. */
export function embeddingCache(maxBytes: number): EmbeddingCache | undefined {
  if (maxBytes === 0) return undefined;
  return new LRUCache({
    maxSize: maxBytes,
    sizeCalculation: ({ embedding }, key) => embedding.byteLength + 2 * key.length,
  });
}
