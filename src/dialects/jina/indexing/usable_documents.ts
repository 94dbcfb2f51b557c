/** Which documents an index can take, and what becomes of the others. */
import { inSlices, type Sliced, type Slices } from "../../../encoding/slices.ts";
import { ClipError } from "../../../errors.ts";
import type { Document } from "../document/document.ts";
import { tellFailures } from "../document_failures.ts";
import { requireAll } from "../document_items.ts";
import { setFailure } from "../encode_documents.ts";
import type { IndexCall } from "./call.ts";
import { readEmbedding } from "./embedding.ts";

/** Units of work of a document that is looked at. */
const DOCUMENT_UNITS = 1000;

/**
 * What the index is given of each document.
 * @param make makes it of a document and its embedding, float32 `[D]`; or says what is wrong.
 * @returns only of those that are good, in their order, where the request says `on_error: skip`: the
 * others are told why.
 * @throws {ClipError} "document", naming those at fault; nothing has been done then.
 */
export async function usableDocuments<T extends { document: Document }>(
  documents: readonly Document[],
  { request, indexer, parameters, service, context, encoded, failed }: IndexCall,
  make: (
    document: Document,
    embedding: Float32Array,
    slices: Slices,
  ) => Sliced<T | ClipError>,
): Promise<T[]> {
  const { good, bad } = await inSlices(function* (slices) {
    const good: T[] = [];
    const bad: { document: Document; result: ClipError }[] = [];
    for (const document of documents) {
      if (failed.has(document)) continue;
      const embedding = readEmbedding(document, indexer.dimensions, encoded);
      const made = embedding instanceof ClipError
        ? embedding
        : yield* make(document, embedding, slices);
      if (made instanceof ClipError) bad.push({ document, result: made });
      else good.push(made);
      if (slices.spent(DOCUMENT_UNITS)) yield;
    }
    return { good, bad };
  }, context.signal);
  tellFailures(bad, request, service, context);
  if (parameters.on_error !== "skip") requireAll(bad, documents);
  for (const { document, result } of bad) setFailure(document, result);
  return good;
}
