/**
 * What a request means, whatever protocol brought it: which executor, which documents, embed or
 * rank, and the answer's envelope.
 */
import { withDeadline } from "../deadline.ts";
import { ClipError } from "../errors.ts";
import {
  type AccessPaths,
  parseAccessPaths,
  selectDocuments,
} from "../dialects/jina/document/access_paths.ts";
import type { Document } from "../dialects/jina/document/document.ts";
import { setMimeTypes } from "../dialects/jina/document/mime_type.ts";
import { embeddingToNdArray } from "../dialects/jina/document/nd_array.ts";
import type { DataRequest, DataResponse, Route } from "../dialects/jina/document/request.ts";
import {
  type EmbeddedDocument,
  embedDocuments,
  requireAll,
} from "../dialects/jina/embed_documents.ts";
import { parseEndpoint } from "../dialects/jina/endpoint.ts";
import type { Executor, ExecutorTable } from "./executors.ts";
import { type Parameters, readParameters } from "../dialects/jina/parameters.ts";
import { rank } from "./rank.ts";
import {
  NO_REQUEST_OBSERVER,
  type Outcome,
  outcomeOf,
  type RequestObserver,
} from "../telemetry/request_observer.ts";
import { belongsInAnswer, toStatus } from "../dialects/jina/status.ts";
import type { UriLoader } from "./uri/load_uri.ts";

/** Tag of a document that was skipped, with the reason (`on_error: "skip"`). */
const ERROR_TAG = "clipline_error";

/** How requests are served. */
export interface ServiceOptions {
  executors: ExecutorTable;
  uris: UriLoader;
  /** Longest time of a request, milliseconds; 0 for no limit. */
  timeoutMs: number;
  /** Most documents of a request, nested ones included. */
  maxDocuments: number;
  /** Hears what executors have served. */
  observer?: RequestObserver;
}

/** Who asks. */
export interface CallContext {
  /** Fires when the client has gone or its deadline has passed. */
  signal: AbortSignal;
  /** The stream that the request came by: one flow, in terms of fairness. */
  flow?: object;
  /** Wait for room in the engine's queue instead of failing with "overloaded". */
  wait?: boolean;
}

/** Serves requests. */
export class Service {
  readonly #options: ServiceOptions;

  constructor(options: ServiceOptions) {
    this.#options = options;
  }

  /**
   * Serves one request. The documents of the answer are the request's, with embeddings; if one of
   * them cannot be embedded the answer says so in `status` and none has an embedding.
   * @throws {ClipError} of the kinds that do not belong inside an answer: overload, deadline,
   * cancellation, wrong parameters (`ParameterError`), unknown model.
   */
  async handle(request: DataRequest, context: CallContext): Promise<DataResponse> {
    const started = now();
    const endpoint = parseEndpoint(request.execEndpoint);
    const named = request.parameters.model_name ?? request.parameters.model;
    const model = endpoint.model ?? (typeof named === "string" ? named : undefined);
    const executor = this.#options.executors.choose(model);
    const parameters = readParameters(request.parameters, executor.name);
    const gateway: Route = { executor: "gateway", startTime: started };
    const route: Route = { executor: executor.name, startTime: now() };
    const response: DataResponse = { ...request, routes: [gateway, route] };
    const served = (outcome: Outcome) => {
      const observer = this.#options.observer ?? NO_REQUEST_OBSERVER;
      const ms = now() - route.startTime;
      observer.served(executor.name, request.execEndpoint, outcome, request.docs.length, ms);
    };
    try {
      if (endpoint.work !== "nothing" && request.docs.length > 0) {
        this.#checkSize(request.docs);
        const work = endpoint.work === "rank" ? this.#rank : this.#encode;
        const timed = this.#deadline(context);
        try {
          response.docs = await work.call(this, request.docs, executor, parameters, timed.context);
          setMimeTypes(response.docs);
        } finally {
          timed.clear();
        }
      }
    } catch (thrown) {
      const error = ClipError.wrap(thrown);
      if (!belongsInAnswer(error.kind)) {
        served(error.kind);
        throw error;
      }
      response.status = toStatus(error, "CLIPEncoder");
      route.status = response.status;
    }
    route.endTime = now();
    served(outcomeOf(response));
    // clip_client's profile() divides by whole milliseconds of the gateway's time.
    gateway.endTime = Math.max(now(), gateway.startTime + 1);
    return response;
  }

  async #encode(
    docs: Document[],
    executor: Executor,
    parameters: Parameters,
    context: CallContext,
  ): Promise<Document[]> {
    const selected = selectDocuments(docs, accessPaths(executor, parameters));
    const embedded = await embedDocuments(selected, executor, this.#options.uris, context);
    if (parameters.on_error !== "skip") requireAll(embedded, selected);
    for (const one of embedded) setEmbedding(one, parameters);
    return docs;
  }

  async #rank(
    docs: Document[],
    executor: Executor,
    parameters: Parameters,
    context: CallContext,
  ): Promise<Document[]> {
    const without = docs.findIndex((document) => !document.matches?.length);
    if (without >= 0) {
      throw new ClipError(
        "document",
        `document '${docs[without]!.id}' (index ${without}) has no matches to rank`,
        { name: "ValueError" },
      );
    }
    const all = docs.flatMap((document) => [document, ...document.matches!]);
    const embedded = await embedDocuments(all, executor, this.#options.uris, context);
    requireAll(embedded, all);
    const byDocument = new Map(embedded.map((one) => [one.document, one]));
    const embeddingOf = (document: Document) => {
      const embedding = byDocument.get(document)?.result;
      if (embedding instanceof Float32Array) return embedding;
      throw new ClipError("document", `document '${document.id}' has nothing to rank: no content`, {
        name: "ValueError",
      });
    };
    const scores = docs.map((document) =>
      rank(embeddingOf(document), document.matches!.map(embeddingOf))
    );
    docs.forEach((document, i) => {
      const matches = document.matches!;
      document.matches = scores[i]!.map(({ index, score, cosine }) => {
        const match = matches[index]!;
        delete match.embedding;
        match.scores = {
          ...match.scores,
          clip_score: { value: score, opName: "softmax" },
          clip_score_cosine: { value: cosine, opName: "cosine" },
        };
        return match;
      });
      // The original ignores drop_image_content here: matches come back as they were sent.
      const { drop_image_content: _, ...kept } = parameters;
      setEmbedding(byDocument.get(document)!, kept);
    });
    return docs;
  }

  #checkSize(docs: readonly Document[]): void {
    const { maxDocuments } = this.#options;
    const count = countDocuments(docs);
    if (count <= maxDocuments) return;
    throw new ClipError(
      "too_large",
      `The request holds ${count} documents: ${maxDocuments} are allowed ('max_documents')`,
    );
  }

  /** The context with the flow's own time limit. */
  #deadline(context: CallContext): { context: CallContext; clear: () => void } {
    const { timeoutMs } = this.#options;
    if (timeoutMs <= 0) return { context, clear: () => {} };
    const deadline = withDeadline(context.signal, timeoutMs, () => {
      const text = `The request was not done within ${timeoutMs} ms ('timeout_send')`;
      return new ClipError("deadline", text);
    });
    return { context: { ...context, signal: deadline.signal }, clear: () => deadline.clear() };
  }
}

/** Documents with all that is nested in them. */
function countDocuments(docs: readonly Document[]): number {
  let count = docs.length;
  for (const { chunks, matches } of docs) {
    if (chunks) count += countDocuments(chunks);
    if (matches) count += countDocuments(matches);
  }
  return count;
}

function accessPaths(executor: Executor, parameters: Parameters): AccessPaths {
  const paths = parameters.traversal_paths ?? parameters.access_paths ?? executor.accessPaths;
  return parseAccessPaths(paths);
}

function setEmbedding(embedded: EmbeddedDocument, parameters: Parameters): void {
  const { document, result, modality } = embedded;
  if (result instanceof ClipError) {
    document.tags = { ...document.tags, [ERROR_TAG]: result.message };
    return;
  }
  document.embedding = embeddingToNdArray(parameters.normalize ? unitLength(result) : result);
  if (modality !== "text" && parameters.drop_image_content) {
    delete document.blob;
    delete document.tensor;
  }
}

function unitLength(embedding: Float32Array): Float32Array {
  let squares = 0;
  for (const value of embedding) squares += value * value;
  const norm = Math.sqrt(squares);
  return norm > 0 ? embedding.map((value) => value / norm) : embedding;
}

/** Milliseconds since the epoch, with fractions. */
function now(): number {
  return performance.timeOrigin + performance.now();
}
