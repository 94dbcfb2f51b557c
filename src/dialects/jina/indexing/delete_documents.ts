/** `/delete`: by the ids of documents, and by ids alone. */
import { ClipError } from "../../../errors.ts";
import { type IndexCall, selectedBy } from "./call.ts";
import { idsOf } from "./index_parameters.ts";
import { requireFound } from "./missing_ids.ts";

/**
 * Removes documents.
 * @throws {ClipError} "not_found" if some are not there and the request wants to know; "invalid" for a
 * filter, which annlite passes over: nothing would be deleted, and nobody told.
 */
export async function deleteDocuments(call: IndexCall): Promise<void> {
  const { indexer, parameters, context } = call;
  const selected = await selectedBy(call, indexer.indexAccessPaths);
  const ids = selected.map(({ id }) => id).concat(idsOf(parameters));
  if (ids.length === 0) {
    if (parameters.filter === undefined) return;
    throw new ClipError(
      "invalid",
      "parameters.filter: '/delete' takes no filter: list the documents with '/filter', and delete " +
        "them by 'ids'",
      { name: "ValueError" },
    );
  }
  const missing = await indexer.delete(ids, context.signal);
  if (missing.length === 0 || !parameters.raise_errors_on_not_found) return;
  requireFound(missing, new Set(ids).size, "deleted", parameters);
}
