/** One request before an indexer. */
import type { Indexer } from "../../../index/indexer.ts";
import type { CallContext, Service } from "../../../service/service.ts";
import type { Document } from "../document/document.ts";
import type { DataRequest } from "../document/request.ts";
import { parseAccessPaths, selectDocuments } from "../document/access_paths.ts";
import type { IndexParameters } from "./index_parameters.ts";

/** What an operation is given. */
export interface IndexCall {
  request: DataRequest;
  indexer: Indexer;
  parameters: IndexParameters;
  service: Service;
  context: CallContext;
  /** Whether the documents come from the encoder. */
  encoded: boolean;
  /** Those that it could not embed, and that are passed over (`on_error: skip`). */
  failed: ReadonlySet<Document>;
}

/** An operation: what it does, and the documents of the answer if they are not the request's. */
export type Operation = (call: IndexCall) => Promise<Document[] | void>;

/** The documents that the request means, or else the indexer. */
export function selectedBy(
  { request, parameters: { traversal_paths, access_paths }, context }: IndexCall,
  otherwise: string,
): Document[] | Promise<Document[]> {
  const paths = parseAccessPaths(traversal_paths ?? access_paths ?? otherwise);
  return selectDocuments(request.docs, paths, context.signal);
}
