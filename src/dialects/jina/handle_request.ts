/** A request of Jina's, served: which executors, which work, and the answer's envelope. */
import { ClipError } from "../../errors.ts";
import type { CallContext, Service } from "../../service/service.ts";
import type { Outcome } from "../../telemetry/request_observer.ts";
import type { Document } from "./document/document.ts";
import { setMimeTypes } from "./document/mime_type.ts";
import type { DataRequest, DataResponse, Route } from "./document/request.ts";
import type { RequestHearers } from "./document/request_size.ts";
import { encodeDocuments } from "./encode_documents.ts";
import { type Endpoint, parseEndpoint } from "./endpoint.ts";
import { type Chain, chooseChain } from "./indexing/chain.ts";
import { readIndexParameters } from "./indexing/index_parameters.ts";
import { embedsFirst } from "./indexing/operation.ts";
import { OPERATIONS } from "./indexing/operations.ts";
import { readParameters } from "./parameters.ts";
import { checkNames } from "./parameter_names.ts";
import { rankDocuments } from "./rank_documents.ts";
import { belongsInAnswer, toStatus } from "./status.ts";

/** A part of the work, done by one executor. */
interface Step {
  executor: string;
  /** The class of the original, named in errors. */
  kind: "CLIPEncoder" | "AnnLiteIndexer";
  /** @returns the documents of the answer, if they are not the request's. */
  work(context: CallContext): Promise<Document[] | void>;
}

/**
 * Serves one request. The documents of the answer are the request's, with embeddings, or what an
 * indexer makes of them; if one of them cannot be embedded or kept the answer says so in `status`, and
 * none of them is.
 * @param hears hears of what means nothing here.
 * @throws {ClipError} of the kinds that do not belong inside an answer: overload, deadline,
 * cancellation, wrong parameters (`ParameterError`), unknown model.
 */
export async function handleRequest(
  request: DataRequest,
  service: Service,
  context: CallContext,
  hears: RequestHearers = {},
): Promise<DataResponse> {
  const started = now();
  const endpoint = parseEndpoint(request.execEndpoint);
  const chain = choose(request, endpoint, service);
  if (chain.indexer === undefined && endpoint.operation !== undefined) {
    const { name } = chain.encoder;
    // Whose 'target_executor' leaves the indexer out knows of it.
    if (!service.indexers.ofEncoder(name)) hears.unstored?.met(endpoint.operation, name);
  }
  const steps = stepsOf(request, chain, endpoint, service);
  if (hears.fields) checkNames(request.parameters, service, hears.fields);
  const gateway: Route = { executor: "gateway", startTime: started };
  const response: DataResponse = { ...request, routes: [gateway] };
  await service.inTime(context, async (timed) => {
    for (const step of steps) {
      await take(step, response, service, timed);
      if (response.status !== undefined) break;
    }
  });
  // clip_client's profile() divides by whole milliseconds of the gateway's time.
  gateway.endTime = Math.max(now(), gateway.startTime + 1);
  return response;
}

function choose(request: DataRequest, endpoint: Endpoint, service: Service): Chain {
  const named = request.parameters.model_name ?? request.parameters.model;
  const given = typeof named === "string" ? named : undefined;
  // Where nothing is kept, what stands below `/index` has never meant anything.
  const below = endpoint.operation === undefined || service.indexers.some;
  const model = (below ? endpoint.model : undefined) ?? given;
  return chooseChain(service, endpoint, model, request.targetExecutor);
}

/** The parts of the work, in their order. @throws {ParameterError} of any of them. */
function stepsOf(
  request: DataRequest,
  chain: Chain,
  endpoint: Endpoint,
  service: Service,
): Step[] {
  const { docs } = request;
  const { encoder, indexer } = chain;
  const steps: Step[] = [];
  const parameters = indexer && readIndexParameters(request.parameters, indexer.name);
  let failed: ReadonlySet<Document> = new Set();
  if (encoder) {
    const own = readParameters(request.parameters, encoder.name);
    // The encoder follows the indexer: what one does not embed the other cannot keep.
    const paths = parameters && (parameters.traversal_paths ?? parameters.access_paths ??
      (chain.operation === "search" ? indexer.searchAccessPaths : indexer.indexAccessPaths));
    const idle = endpoint.work === "nothing" || docs.length === 0 ||
      (chain.operation !== undefined && !embedsFirst(chain.operation));
    steps.push({
      executor: encoder.name,
      kind: "CLIPEncoder",
      async work(context) {
        if (idle) return;
        if (endpoint.work === "rank") await rankDocuments(request, encoder, own, service, context);
        else failed = await encodeDocuments(request, encoder, own, service, context, paths);
        await setMimeTypes(docs, context.signal);
      },
    });
  }
  if (parameters) {
    steps.push({
      executor: indexer.name,
      kind: "AnnLiteIndexer",
      work: (context) =>
        OPERATIONS[chain.operation]({
          request,
          indexer,
          parameters,
          service,
          context,
          encoded: encoder !== undefined,
          failed,
        }),
    });
  }
  return steps;
}

/**
 * Takes a step, and writes it down in the answer.
 * @throws {ClipError} what does not belong there.
 */
async function take(
  { executor, kind, work }: Step,
  response: DataResponse,
  service: Service,
  context: CallContext,
): Promise<void> {
  const route: Route = { executor, startTime: now() };
  response.routes.push(route);
  const began = context.trace && performance.now();
  const served = (outcome: Outcome) => {
    if (began !== undefined && kind === "AnnLiteIndexer") {
      const error = outcome === "ok" ? undefined : outcome === "failed" ? "document" : outcome;
      context.trace?.stage("index", began, { executor, error, count: response.docs.length });
    }
    const ms = now() - route.startTime;
    service.observer.served(executor, response.execEndpoint, outcome, response.docs.length, ms);
  };
  try {
    response.docs = await work(context) ?? response.docs;
  } catch (thrown) {
    const error = ClipError.wrap(thrown);
    // A database that is down ends no stream: the server is there, and its encoders are.
    const passing = kind === "AnnLiteIndexer" && context.wait && error.kind === "unavailable";
    if (!belongsInAnswer(error.kind) && !passing) {
      served(error.kind);
      throw error;
    }
    response.status = toStatus(error, kind);
    route.status = response.status;
  }
  route.endTime = now();
  served(outcomeOf(response));
}

/** The outcome of a request that has an answer. */
export function outcomeOf({ status }: DataResponse): Outcome {
  return status !== undefined && status.code !== 0 ? "failed" : "ok";
}

/** Milliseconds since the epoch, with fractions. */
function now(): number {
  return performance.timeOrigin + performance.now();
}
