/** The protocol's HTTP routes. */
import { inSlices } from "../../encoding/slices.ts";
import { ClipError } from "../../errors.ts";
import {
  type DataRoute,
  type HttpAnswer,
  type HttpCall,
  type HttpHead,
  type HttpRoute,
  type InfoRoute,
  json,
} from "../../exchange/http.ts";
import type { BodyBounds } from "../reading/body_size.ts";
import type { Inference } from "./inference.ts";
import { readHttpInferRequest } from "./json/read_infer_request.ts";
import { configJson, indexJson, metadataJson, serverJson, statisticsJson } from "./json/told.ts";
import { writeHttpInferAnswer } from "./json/write_infer_answer.ts";
import { type ModelPath, parseModelPath } from "./model_path.ts";
import type { FoundModel, Models } from "./models.ts";
import {
  NO_GENERATE,
  NO_LOG_SETTINGS,
  NO_REPOSITORY,
  NO_SHARED_MEMORY,
  NO_TRACE,
} from "./refusals.ts";
import type { Statistics } from "./statistics.ts";

/** What the routes are made of. */
export interface OipRouteOptions {
  models: Models;
  statistics: Statistics;
  inference: Inference;
  bounds: BodyBounds;
}

/** Of what is not ready; the protocol wants 4xx. */
const NOT_READY = 400;

/** What the router would tell of all paths below a model's at once. */
const OTHER_METHODS = ["OPTIONS", "PUT", "DELETE", "PATCH"];
const ASKED_BY_POST: ReadonlySet<string> = new Set(["infer", "generate", "generate_stream"]);

/** All routes. */
export function oipRoutes(options: OipRouteOptions): HttpRoute[] {
  const { models } = options;
  return [
    told("GET", "/v2", () => json(serverJson())),
    open(told("GET", "/v2/health/live", () => json({ live: true }))),
    open(told("GET", "/v2/health/ready", () => readiness({}, models.ready))),
    told("GET", "/v2/models", () => json({ models: models.all().map(({ name }) => name) })),
    told("GET", "/v2/models/stats", () => json(statisticsOf(models.all(), options))),
    told("GET", "/v2/models/*", (head) => tellModel(modelPath(head), options)),
    told("POST", "/v2/repository/index", () => json(indexJson(models.index()))),
    {
      kind: "data",
      method: "POST",
      path: "/v2/models/*",
      serve: (call) => infer(call, modelPath(call), options),
    } satisfies DataRoute,
    ...OTHER_METHODS.map((method) =>
      told(method, "/v2/models/*", (head) => wrongMethod(modelPath(head)))
    ),
    ...refused(),
  ];
}

function told(method: string, path: string, respond: InfoRoute["respond"]): InfoRoute {
  return { kind: "info", method, path, respond };
}

/** Needs no API key. */
function open(route: InfoRoute): InfoRoute {
  return { ...route, open: true };
}

function refused(): InfoRoute[] {
  const refuse = (method: string, path: string, reason: string) =>
    told(method, path, () => {
      throw new ClipError("invalid", reason);
    });
  const both = (path: string, reason: string) =>
    ["GET", "POST"].map((method) => refuse(method, path, reason));
  return [
    refuse("POST", "/v2/repository/models/*", NO_REPOSITORY),
    ...both("/v2/systemsharedmemory/*", NO_SHARED_MEMORY),
    ...both("/v2/cudasharedmemory/*", NO_SHARED_MEMORY),
    ...both("/v2/trace/setting", NO_TRACE),
    ...both("/v2/logging", NO_LOG_SETTINGS),
    ...["GET", "POST"].map((method) =>
      told(method, "/v2/*", ({ path }) => {
        throw nothingThere(path);
      })
    ),
  ];
}

function readiness(said: Record<string, unknown>, ready: boolean): HttpAnswer {
  return json({ ...said, ready }, ready ? 200 : NOT_READY);
}

function modelPath({ path }: HttpHead): ModelPath {
  const parsed = parseModelPath(path);
  if (parsed) return parsed;
  throw nothingThere(path);
}

function nothingThere(path: string): ClipError {
  return new ClipError("not_found", `There is nothing at ${path.slice(0, 200)}`);
}

function tellModel(path: ModelPath, options: OipRouteOptions): HttpAnswer {
  const { name, version, what } = path;
  const { models } = options;
  switch (what) {
    case "":
      return json(metadataJson(models.metadata(name, version)));
    case "ready":
      return readiness({ name }, models.isReady(name, version));
    case "config":
      return json(configJson(models.metadata(name, version)));
    case "stats":
      return json(statisticsOf([models.find(name, version)], options));
    case "trace/setting":
      throw new ClipError("invalid", NO_TRACE);
  }
  return wrongMethod(path);
}

function wrongMethod({ what }: ModelPath): HttpAnswer {
  const allow = ASKED_BY_POST.has(what) ? "POST" : "GET, HEAD";
  return json({ error: `This is asked by ${allow}` }, 405, { allow });
}

function statisticsOf(
  models: readonly FoundModel[],
  { statistics }: OipRouteOptions,
): Record<string, unknown> {
  return statisticsJson(models.map(({ name, executor }) => ({
    name,
    statistics: statistics.tell(executor),
  })));
}

async function infer(
  call: HttpCall,
  path: ModelPath,
  { models, inference, bounds }: OipRouteOptions,
): Promise<HttpAnswer> {
  const began = performance.now();
  const { name, version, what } = path;
  if (what === "trace/setting") throw new ClipError("invalid", NO_TRACE);
  if (what.startsWith("generate")) throw new ClipError("invalid", NO_GENERATE);
  if (what !== "infer") return wrongMethod(path);
  const model = models.find(name, version);
  const request = await readHttpInferRequest(call, bounds);
  return await inference.serve(
    { model, request, bytes: call.body.length, began },
    call,
    (answer) =>
      inSlices((slices) => writeHttpInferAnswer(answer, request.binary, slices), call.signal),
  );
}
