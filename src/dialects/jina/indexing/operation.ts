/** What can be asked of an indexer, by the names of Jina's endpoints. */

/** The endpoints of annlite's executor (0.3 to 0.5), without the slash. */
export const INDEX_OPERATIONS = [
  "index",
  "search",
  "update",
  "delete",
  "status",
  "filter",
  "clear",
  "backup",
  "restore",
  "fill_embedding",
] as const;

/** One of them. */
export type IndexOperation = typeof INDEX_OPERATIONS[number];

/** Those before which the documents are embedded. */
const EMBEDDED_FIRST: ReadonlySet<IndexOperation> = new Set(["index", "search", "update"]);

/** Whether the encoder comes first; the other operations need no embeddings. */
export function embedsFirst(operation: IndexOperation): boolean {
  return EMBEDDED_FIRST.has(operation);
}

const NAMES: ReadonlySet<string> = new Set(INDEX_OPERATIONS);

/** Whether the first part of an endpoint is one of them. */
export function isIndexOperation(name: string): name is IndexOperation {
  return NAMES.has(name);
}
