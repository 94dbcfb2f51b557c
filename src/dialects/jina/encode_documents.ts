/** What `/encode` does to documents: those that are selected get embeddings. */
import { inSlices } from "../../encoding/slices.ts";
import { ClipError } from "../../errors.ts";
import type { Executor } from "../../service/executors.ts";
import { unitLength } from "../../service/vector.ts";
import type { CallContext, Service } from "../../service/service.ts";
import { parseAccessPaths, selectDocuments } from "./document/access_paths.ts";
import type { Document } from "./document/document.ts";
import { removeMember, setMember } from "./document/large_object.ts";
import type { DataRequest } from "./document/request.ts";
import { tellFailures } from "./document_failures.ts";
import { embeddingToNdArray } from "./document/nd_array.ts";
import {
  type EmbeddedDocument,
  hasContent,
  isImage,
  requireAll,
  toItems,
} from "./document_items.ts";
import type { Parameters } from "./parameters.ts";

/**
 * Tag that `clip_client` 0.6.0 to 0.7.0 sets on pictures that it has loaded itself: the servers of
 * that time took it off, and left the picture out of the answer (clip_server 0.7.0,
 * `executors/helper.py`).
 */
const LOADED_TAG = "__loaded_by_CAS__";
/** Units of work of a document that gets its embedding. */
const EMBEDDING_UNITS = 500;

/** Tag of a document that was skipped, with the reason (`on_error: "skip"`). */
const ERROR_TAG = "clipline_error";

/**
 * Embeds documents in place.
 * @param otherwise which, if the request does not say; default: as the executor says.
 * @returns those that have no embedding and were passed over, as `on_error` is "skip".
 * @throws {ClipError} as `Service.encode`; naming documents if some have no embedding.
 */
export async function encodeDocuments(
  request: DataRequest,
  executor: Executor,
  parameters: Parameters,
  service: Service,
  context: CallContext,
  otherwise = executor.accessPaths,
): Promise<ReadonlySet<Document>> {
  const paths = parameters.traversal_paths ?? parameters.access_paths ?? otherwise;
  const { signal } = context;
  const selected = await selectDocuments(request.docs, parseAccessPaths(paths), signal);
  const withContent = selected.filter(hasContent);
  const items = await toItems(withContent, signal);
  const results = await service.encode(items, executor, context);
  const embedded = withContent.map((document, i) => ({ document, result: results[i]! }));
  tellFailures(embedded, request, service, context);
  if (parameters.on_error !== "skip") requireAll(embedded, selected);
  return await inSlices(function* (slices) {
    const failed = new Set<Document>();
    for (const one of embedded) {
      setEmbedding(one, parameters);
      if (one.result instanceof ClipError) failed.add(one.document);
      if (slices.spent(EMBEDDING_UNITS)) yield;
    }
    return failed;
  }, context.signal);
}

/** Puts the reason why a document was passed over where clients look for it. */
export function setFailure(document: Document, error: ClipError): void {
  // In place: there may be any number of other tags.
  setMember(document.tags ??= {}, ERROR_TAG, error.message);
}

/** Puts a document's embedding, or the reason that it has none, where clients look for it. */
export function setEmbedding(
  { document, result }: EmbeddedDocument,
  parameters: Parameters,
): void {
  if (result instanceof ClipError) {
    setFailure(document, result);
    return;
  }
  document.embedding = embeddingToNdArray(parameters.normalize ? unitLength(result) : result);
  if (isImage(document) && parameters.drop_image_content) dropImage(document);
  dropLoadedImage(document);
}

/** Leaves a picture out of the answer if its client has it. */
export function dropLoadedImage(document: Document): void {
  const { tags } = document;
  if (!isImage(document) || tags === undefined || !Object.hasOwn(tags, LOADED_TAG)) return;
  if (tags[LOADED_TAG]) dropImage(document);
  removeMember(tags, LOADED_TAG);
}

function dropImage(document: Document): void {
  delete document.blob;
  delete document.tensor;
}
