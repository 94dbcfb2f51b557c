/** `/index` and `/update`: documents that are kept. */
import type { Sliced, Slices } from "../../../encoding/slices.ts";
import { ClipError } from "../../../errors.ts";
import type { IndexDocument } from "../../../index/indexer.ts";
import type { Document } from "../document/document.ts";
import { type IndexCall, selectedBy } from "./call.ts";
import { requireFound } from "./missing_ids.ts";
import { writeStored } from "./stored_document.ts";
import { usableDocuments } from "./usable_documents.ts";
import { writeInTurn } from "./write_in_turn.ts";

/** Keeps documents; those whose ids are there are replaced. All of them, or none. */
export async function indexDocuments(call: IndexCall): Promise<void> {
  const { indexer, context } = call;
  const documents = await keptDocuments(call);
  if (documents.length === 0) return;
  await writeInTurn(context, () => indexer.index(documents, context.signal));
}

/**
 * Replaces documents that are there, and leaves the others out.
 * @throws {ClipError} "not_found" if there are others and the request wants to know.
 */
export async function updateDocuments(call: IndexCall): Promise<void> {
  const { indexer, context, parameters } = call;
  const documents = await keptDocuments(call);
  if (documents.length === 0) return;
  const missing = await writeInTurn(context, () => indexer.update(documents, context.signal));
  requireFound(missing, documents.length, "updated", parameters);
}

/** @throws {ClipError} as `usableDocuments`. */
async function keptDocuments(call: IndexCall): Promise<IndexDocument[]> {
  const { indexer } = call;
  const selected = await selectedBy(call, indexer.indexAccessPaths);
  const entries = await usableDocuments(selected, call, function* (document, embedding, slices) {
    const entry = yield* entryOf(document, embedding, slices);
    if (entry instanceof ClipError) return entry;
    return indexer.fault(entry) ?? { document, entry };
  });
  return entries.map(({ entry }) => entry);
}

function* entryOf(
  document: Document,
  embedding: Float32Array,
  slices: Slices,
): Sliced<IndexDocument | ClipError> {
  const { id, tags } = document;
  try {
    return { id, embedding, tags, document: yield* writeStored(document, slices) };
  } catch (thrown) {
    const error = ClipError.wrap(thrown);
    if (error.kind === "document") return error;
    throw error;
  }
}
