/** `/vertex` of text-embeddings-inference: several requests in one, as Google's Vertex AI sends them. */
import { isObject } from "../../encoding/json_value.ts";
import { ClipError } from "../../errors.ts";
import type { HttpAnswer } from "../../exchange/http.ts";
import type { DialectContext } from "../context.ts";
import { jsonBody } from "../reading/json_body.ts";
import { typed } from "../reading/typed_body.ts";
import { rowsCapacity } from "../writing/rows.ts";
import { writtenAnswer } from "../writing/written_answer.ts";
import { type Ranking, rankingCapacity, writeRanking, writeVectors } from "./answers.ts";
import { requireBatch } from "./inputs.ts";
import { type EmbedRequest, MAX_IDS, type RerankRequest, VertexBody } from "./schemas.ts";
import type { Asked, TeiWork } from "./work.ts";

type Prediction = { vectors: Float32Array[] } | Ranking;

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
      const { result: ranks } = await work.rerank(instance, silent);
      return { ranks, texts: instance.return_text ? instance.texts : undefined };
    }),
  );
  return await writtenAnswer(
    predictions.reduce((sum, prediction) => sum + capacityOf(prediction), 100),
    function* (json, slices) {
      json.raw('{"predictions":[');
      for (const [i, prediction] of predictions.entries()) {
        if (i > 0) json.raw(",");
        if ("vectors" in prediction) yield* writeVectors(json, prediction.vectors, slices);
        else yield* writeRanking(json, prediction, slices);
      }
      json.raw("]}");
    },
    call.signal,
  );
}

function capacityOf(prediction: Prediction): number {
  if (!("vectors" in prediction)) return rankingCapacity(prediction);
  const { vectors } = prediction;
  return rowsCapacity(vectors.length, vectors[0]?.length ?? 0);
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
