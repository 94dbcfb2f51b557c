/**
 * Qdrant's dialect: the address that a Qdrant server calls for points and queries that bring a text
 * or an image instead of a vector (`inference.address` of its configuration; qdrant 74f3e85,
 * `src/common/inference`).
 */
import type { JsonBytes } from "../../encoding/json_bytes.ts";
import { inSlices, type Sliced, type Slices } from "../../encoding/slices.ts";
import type { ClipError } from "../../errors.ts";
import type { Dialect } from "../../exchange/dialect.ts";
import type { DataRoute, HttpAnswer, HttpCall } from "../../exchange/http.ts";
import type { RequestWatch } from "../../telemetry/request_observer.ts";
import type { DialectContext } from "../context.ts";
import { type Embed, embedder } from "../embed.ts";
import { requireFewItems } from "../reading/body_size.ts";
import { typedBody } from "../reading/typed_body.ts";
import { refusal } from "../writing/refusal.ts";
import { rowsCapacity, writeRows } from "../writing/rows.ts";
import { writeVector } from "../writing/vector_format.ts";
import { writtenAnswer } from "../writing/written_answer.ts";
import { INFERENCE, readInference } from "./inference.ts";
import { qdrantOpenApi } from "./openapi.ts";

/** Where it is served; the first is what the docs name. */
const PATHS = ["/qdrant/inference", "/inference"] as const;

/** Makes the dialect. */
export function qdrantDialect(context: DialectContext): Dialect {
  const embed = embedder(context);
  return {
    name: "qdrant",
    http: {
      routes: PATHS.map((path): DataRoute => ({
        kind: "data",
        method: "POST",
        path,
        accepts: ["application/json"],
        serve: (call) => infer(call, context, embed),
      })),
      refuse,
      describe: () => qdrantOpenApi(PATHS),
    },
  };
}

async function infer(
  call: HttpCall,
  { service: { executors }, flow }: DialectContext,
  embed: Embed,
): Promise<HttpAnswer> {
  const body = await typedBody(call, flow, INFERENCE);
  const count = body.inputs.length;
  requireFewItems(count, flow);
  const byExecutor = await inSlices(
    (slices) => readInference(body, (model) => executors.named(model), call.grow, slices),
    call.signal,
  );
  const endpoint = call.path;
  call.watch.read(endpoint, count, call.body.length);
  const vectors = new Array<Float32Array>(count);
  const usage = new Map<string, { tokens: number }>();
  const { signal } = call;
  const context = { signal, watch: told(call.watch) };
  // One after the other: where one fails nothing is left behind.
  for (const [executor, { model, items, places }] of byExecutor) {
    const embedded = await embed({
      items,
      executor,
      form: { unit: true },
      endpoint,
      bytes: call.body.length,
      place: (index) => `inputs.${places[index]}`,
    }, context);
    for (const [i, place] of places.entries()) vectors[place] = embedded.vectors[i]!;
    usage.set(model || executors.idOf(executor), { tokens: embedded.tokens });
  }
  return await writtenAnswer(
    200 + rowsCapacity(count, vectors[0]?.length ?? 0),
    (json, slices) => writeEmbeddings(json, vectors, usage, slices),
    signal,
  );
}

/** A watch that has heard already what was read: several executors serve one request. */
function told(watch: RequestWatch): RequestWatch {
  return {
    trace: watch.trace,
    read() {},
    answered: (...how) => watch.answered(...how),
  };
}

function* writeEmbeddings(
  json: JsonBytes,
  vectors: readonly Float32Array[],
  usage: ReadonlyMap<string, { tokens: number }>,
  slices: Slices,
): Sliced<void> {
  json.raw('{"embeddings":');
  yield* writeRows(
    json,
    { count: vectors.length, dimensions: vectors[0]?.length ?? 0 },
    (index) => {
      writeVector(json, vectors[index]!, "float");
    },
    slices,
  );
  json.raw(`,"usage":${JSON.stringify({ models: Object.fromEntries(usage) })}}`);
}

function refuse(error: ClipError): HttpAnswer {
  return refusal(error, "qdrant", { error: error.message });
}
