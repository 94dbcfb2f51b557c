/** `/vertex` of text-embeddings-inference: several requests in one, as Google's Vertex AI sends them. */
import { JsonBytes } from "../../encoding/json_bytes.ts";
import { inSlices, type Sliced } from "../../encoding/slices.ts";
import { ClipError } from "../../errors.ts";
import { type HttpAnswer, jsonBytes } from "../../exchange/http.ts";
import type { DialectContext } from "../context.ts";
import { jsonBody } from "../reading/json_body.ts";
import { typed } from "../reading/typed_body.ts";
import { isObject, requireBatch } from "./inputs.ts";
import { type EmbedRequest, MAX_IDS, type RerankRequest, VertexBody } from "./schemas.ts";
import type { Asked, TeiWork } from "./work.ts";
import { type RankRecord, rankRecords, writeVectors } from "./answers.ts";

type Prediction = { vectors: Float32Array[] } | { ranks: RankRecord[] };

/** Serves each instance as `/rerank` or `/embed` does. @throws {ClipError} as they do. */
export async function serveVertex(
  who: Asked,
  work: TeiWork,
  flow: DialectContext["flow"],
): Promise<HttpAnswer> {
  const { call, endpoint } = who;
  const raw = await jsonBody(call, flow);
  requireBatches(raw, flow.maxClientBatchSize);
  const { instances } = typed(raw, VertexBody);
  call.watch.read(endpoint, instances.length, call.body.length);
  const silent: Asked = { ...who, read: () => {} };
  const predictions = await Promise.all(
    instances.map(async (instance): Promise<Prediction> => {
      if (!isRerank(instance)) return { vectors: (await work.embed(instance, silent)).result };
      const { result } = await work.rerank(instance, silent);
      return { ranks: rankRecords(result, instance.return_text ? instance.texts : undefined) };
    }),
  );
  const bytes = await inSlices(function* (slices): Sliced<Uint8Array> {
    const json = new JsonBytes(4096);
    json.raw('{"predictions":[');
    for (const [i, prediction] of predictions.entries()) {
      if (i > 0) json.raw(",");
      if ("vectors" in prediction) yield* writeVectors(json, prediction.vectors, slices);
      else json.raw(JSON.stringify(prediction.ranks));
    }
    json.raw("]}");
    return yield* json.finish(slices);
  }, call.signal);
  return jsonBytes(bytes);
}

/** Holds all lists against the bounds. @throws {ClipError} as `requireBatch`. */
function requireBatches(body: unknown, maxBatch: number): void {
  const instances = isObject(body) ? body["instances"] : undefined;
  requireBatch(instances, "instances", maxBatch);
  if (!Array.isArray(instances)) return;
  let ids = 0;
  for (const instance of instances) {
    if (!isObject(instance)) continue;
    ids += requireBatch(instance["inputs"], "inputs", maxBatch);
    requireBatch(instance["texts"], "texts", maxBatch);
  }
  if (ids <= MAX_IDS) return;
  throw new ClipError("invalid", `The instances hold ${ids} ids: ${MAX_IDS} are allowed`);
}

function isRerank(instance: EmbedRequest | RerankRequest): instance is RerankRequest {
  return "query" in instance && "texts" in instance;
}
