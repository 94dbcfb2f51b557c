/** `/filter`, `/fill_embedding`: what is kept, without a search. */
import { inSlices } from "../../../encoding/slices.ts";
import type { StoredDocument } from "../../../index/engine.ts";
import type { Document } from "../document/document.ts";
import { embeddingToNdArray } from "../document/nd_array.ts";
import { setFailure } from "../encode_documents.ts";
import { type IndexCall, selectedBy } from "./call.ts";
import { wantsDocuments } from "./index_parameters.ts";
import { notFound } from "./missing_ids.ts";
import { readStored } from "./stored_document.ts";

/** Units of work of a document. */
const DOCUMENT_UNITS = 500;

/** The documents that a filter takes, all if there is none, in the order in which they were written. */
export async function listDocuments(
  { indexer, parameters, context: { signal } }: IndexCall,
): Promise<Document[]> {
  const { filter, limit, offset, include_embeddings } = parameters;
  const includeMetadata = wantsDocuments(parameters);
  const found = await indexer.filter({
    ...(limit === undefined ? {} : { limit }),
    ...(filter === undefined ? {} : { filter }),
    ...(offset === undefined ? {} : { offset }),
    ...(includeMetadata === undefined ? {} : { includeMetadata }),
  }, signal);
  return await inSlices(function* (slices) {
    const documents: Document[] = [];
    for (const stored of found) {
      documents.push(yield* readStored(stored, slices, include_embeddings));
      if (slices.spent(DOCUMENT_UNITS)) yield;
    }
    return documents;
  }, signal);
}

/**
 * Gives documents the embeddings that are kept under their ids.
 * @throws {ClipError} "not_found" if some are not there, unless the request says `on_error: skip`.
 */
export async function fillEmbeddings(call: IndexCall): Promise<void> {
  const { indexer, parameters, context: { signal } } = call;
  const documents = await selectedBy(call, indexer.indexAccessPaths);
  if (documents.length === 0) return;
  const found = await indexer.get(documents.map(({ id }) => id), signal);
  const missing: Document[] = [];
  for (const [i, document] of documents.entries()) {
    if (!fill(document, found[i])) missing.push(document);
  }
  if (missing.length === 0) return;
  const ids = missing.map(({ id }) => id);
  if (parameters.on_error !== "skip") throw notFound(ids, documents.length, "found");
  for (const document of missing) setFailure(document, notFound([document.id], 1, "found"));
}

function fill(document: Document, stored: StoredDocument | undefined): boolean {
  if (stored?.embedding === undefined) return false;
  document.embedding = embeddingToNdArray(stored.embedding);
  return true;
}
