/** `/status`, `/clear`, `/backup`, `/restore`: the index as a whole. */
import type { Document } from "../document/document.ts";
import { newId } from "../document/document_id.ts";
import type { IndexCall } from "./call.ts";

/** The copy that is meant where none is named. */
const DEFAULT_COPY = "default";

/**
 * One document whose tags tell of the index, in annlite's words. `appending_size` is what has been
 * answered and is not found yet, for which scripts wait: nothing, here.
 */
export async function indexStatus({ indexer, context }: IndexCall): Promise<Document[]> {
  const { documents } = await indexer.status(context.signal);
  const tags = {
    appending_size: 0,
    total_docs: documents,
    index_size: documents,
    n_dim: indexer.dimensions,
    metric: indexer.metric,
  };
  return [{ id: newId(), tags }];
}

/** Removes all documents. */
export async function clearIndex({ indexer, context }: IndexCall): Promise<void> {
  await indexer.clear(context.signal);
}

/** Copies what is kept, under a name. */
export async function backUpIndex({ indexer, parameters, context }: IndexCall): Promise<void> {
  await indexer.backup(parameters.target_name ?? DEFAULT_COPY, context.signal);
}

/** Puts a copy in the place of what is kept. @throws {ClipError} "not_found" if there is none. */
export async function restoreIndex({ indexer, parameters, context }: IndexCall): Promise<void> {
  const { source_name, target_name } = parameters;
  await indexer.restore(source_name ?? target_name ?? DEFAULT_COPY, context.signal);
}
