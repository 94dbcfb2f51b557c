/** `/search`: documents get the nearest of those that are kept as matches. */
import { inSlices, type Sliced, type Slices } from "../../../encoding/slices.ts";
import { MAX_LIMIT } from "../../../index/bounds.ts";
import type { SearchHit } from "../../../index/engine.ts";
import type { Document } from "../document/document.ts";
import { setMember } from "../document/large_object.ts";
import { type IndexCall, selectedBy } from "./call.ts";
import { wantsDocuments } from "./index_parameters.ts";
import { readStored } from "./stored_document.ts";
import { usableDocuments } from "./usable_documents.ts";

/** Units of work of a match. */
const MATCH_UNITS = 500;

/** Searches in place: matches that were there are replaced. */
export async function searchDocuments(call: IndexCall): Promise<void> {
  const { indexer, parameters, context: { signal } } = call;
  const selected = await selectedBy(call, indexer.searchAccessPaths);
  // deno-lint-ignore require-yield
  const queries = await usableDocuments(selected, call, function* (document, embedding) {
    return { document, embedding };
  });
  if (queries.length === 0) return;
  const { limit = indexer.limit, exclude_self, filter, include_embeddings } = parameters;
  const includeMetadata = wantsDocuments(parameters);
  const hits = await indexer.search({
    queries: queries.map(({ embedding }) => embedding),
    limit: exclude_self ? withOneMore(limit) : limit,
    ...(filter === undefined ? {} : { filter }),
    ...(includeMetadata === undefined ? {} : { includeMetadata }),
  }, signal);
  await inSlices(function* (slices) {
    for (const [i, { document }] of queries.entries()) {
      const others = exclude_self ? withoutSelf(hits[i]!, document.id, limit) : hits[i]!;
      document.matches = yield* toMatches(
        others,
        document,
        indexer.metric,
        include_embeddings,
        slices,
      );
      // Also where nothing is found.
      if (slices.spent(MATCH_UNITS)) yield;
    }
  }, signal);
}

function* toMatches(
  hits: readonly SearchHit[],
  query: Document,
  metric: string,
  embeddings: boolean | undefined,
  slices: Slices,
): Sliced<Document[]> {
  const adjacency = (query.adjacency ?? 0) + 1;
  const matches: Document[] = [];
  for (const hit of hits) {
    const match = yield* readStored(hit, slices, embeddings);
    match.adjacency = adjacency;
    setMember(match.scores ??= {}, metric, { value: hit.distance });
    matches.push(match);
    if (slices.spent(MATCH_UNITS)) yield;
  }
  return matches;
}

/** The hits of a search that may find the query itself. */
function withOneMore(limit: number): number {
  return Math.min(limit + 1, MAX_LIMIT);
}

function withoutSelf(
  hits: readonly SearchHit[],
  id: string,
  limit: number,
): SearchHit[] {
  return hits.filter((hit) => hit.id !== id).slice(0, limit);
}
