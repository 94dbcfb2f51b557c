/** Tells of documents that have no embedding: they are the client's to mend, and stand in the log. */
import { ClipError } from "../../errors.ts";
import type { CallContext, Service } from "../../service/service.ts";
import type { Document } from "./document/document.ts";
import type { DataRequest } from "./document/request.ts";
import type { EmbeddedDocument } from "./document_items.ts";

/** Tells of one document. */
export function tellFailure(
  { id }: Document,
  error: ClipError,
  { requestId, execEndpoint }: DataRequest,
  { observer }: Service,
  { trace }: CallContext,
): void {
  trace?.fail();
  observer.documentFailed({ request: requestId, document: id, endpoint: execEndpoint, error });
}

/** Tells of those that failed. */
export function tellFailures(
  embedded: readonly EmbeddedDocument[],
  request: DataRequest,
  service: Service,
  context: CallContext,
): void {
  for (const { document, result } of embedded) {
    if (result instanceof ClipError) tellFailure(document, result, request, service, context);
  }
}
