/** A request of Jina's, served: which executor, which work, and the answer's envelope. */
import { ClipError } from "../../errors.ts";
import type { Executor, ExecutorTable } from "../../service/executors.ts";
import type { CallContext, Service } from "../../service/service.ts";
import type { Outcome } from "../../telemetry/request_observer.ts";
import { setMimeTypes } from "./document/mime_type.ts";
import type { DataRequest, DataResponse, Route } from "./document/request.ts";
import { encodeDocuments } from "./encode_documents.ts";
import { parseEndpoint } from "./endpoint.ts";
import { executorPattern } from "./executor_pattern.ts";
import { readParameters } from "./parameters.ts";
import { rankDocuments } from "./rank_documents.ts";
import { belongsInAnswer, toStatus } from "./status.ts";

/**
 * Serves one request. The documents of the answer are the request's, with embeddings; if one of
 * them cannot be embedded the answer says so in `status` and none has an embedding.
 * @throws {ClipError} of the kinds that do not belong inside an answer: overload, deadline,
 * cancellation, wrong parameters (`ParameterError`), unknown model.
 */
export async function handleRequest(
  request: DataRequest,
  service: Service,
  context: CallContext,
): Promise<DataResponse> {
  const started = now();
  const { docs } = request;
  const endpoint = parseEndpoint(request.execEndpoint);
  const named = request.parameters.model_name ?? request.parameters.model;
  const model = endpoint.model ?? (typeof named === "string" ? named : undefined);
  const executor = chooseExecutor(service.executors, model, request.targetExecutor);
  const parameters = readParameters(request.parameters, executor.name);
  const gateway: Route = { executor: "gateway", startTime: started };
  const route: Route = { executor: executor.name, startTime: now() };
  const response: DataResponse = { ...request, routes: [gateway, route] };
  const served = (outcome: Outcome) => {
    const ms = now() - route.startTime;
    service.observer.served(executor.name, request.execEndpoint, outcome, docs.length, ms);
  };
  try {
    if (endpoint.work !== "nothing" && docs.length > 0) {
      const work = endpoint.work === "rank" ? rankDocuments : encodeDocuments;
      await work(docs, executor, parameters, service, context);
      await setMimeTypes(docs, context.signal);
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

/**
 * The executor that serves a request: of those whose names begin as `target_executor` says the one
 * that the model names, or else the first. (A Jina gateway would send the documents back untouched
 * where there is none.)
 */
function chooseExecutor(
  executors: ExecutorTable,
  model: string | undefined,
  target: string | undefined,
): Executor {
  const chosen = executors.choose(model);
  if (!target) return chosen;
  const matches = executorPattern(target);
  if (matches(chosen.name)) return chosen;
  const other = model === undefined ? executors.all.find(({ name }) => matches(name)) : undefined;
  if (other) return other;
  const names = executors.all.map(({ name }) => name).join(", ");
  throw new ClipError(
    "not_found",
    `No executor ${model === undefined ? "" : `of model '${model}' `}is called '${
      target.slice(0, 100)
    }' ('targetExecutor'): there are ${names}`,
    { name: "KeyError" },
  );
}

/** The outcome of a request that has an answer. */
export function outcomeOf({ status }: DataResponse): Outcome {
  return status !== undefined && status.code !== 0 ? "failed" : "ok";
}

/** Milliseconds since the epoch, with fractions. */
function now(): number {
  return performance.timeOrigin + performance.now();
}
