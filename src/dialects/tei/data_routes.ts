/** The routes of text-embeddings-inference that take bodies. */
import type { z } from "zod";
import { JsonBytes } from "../../encoding/json_bytes.ts";
import { inSlices } from "../../encoding/slices.ts";
import { ClipError } from "../../errors.ts";
import { type DataRoute, type HttpCall, json, jsonBytes } from "../../exchange/http.ts";
import type { DialectContext } from "../context.ts";
import { hasKey, jsonBody } from "../reading/json_body.ts";
import { typed } from "../reading/typed_body.ts";
import { computeHeaders } from "./compute_headers.ts";
import { isObject, requireBatch, requireNoPrompt, requireSome } from "./inputs.ts";
import { DecodeBody, EmbedBody, RerankBody, SimilarityBody, TokenizeBody } from "./schemas.ts";
import { decodeIds, tokenizeJson } from "./tokens.ts";
import { serveVertex } from "./vertex.ts";
import { asked, TeiWork } from "./work.ts";
import { rankRecords, vectorsJson } from "./answers.ts";

/** Routes of models of other kinds, and why there is nothing to answer. */
export const REFUSED: Readonly<Record<string, string>> = {
  "/embed_all":
    "the model gives one vector for a text, that of its end, and none for each token. Use '/embed'",
  "/embed_sparse": "the model gives no sparse vectors. Use '/embed'",
  "/predict": "the model is no classifier: it embeds. Use '/embed' or '/similarity'",
};

/** The routes. */
export function dataRoutes(context: DialectContext): DataRoute[] {
  const { flow } = context;
  const work = new TeiWork(context);
  const maxBatch = flow.maxClientBatchSize;

  /** The body as its schema has it, its lists held against the bounds before. */
  const read = async <Schema extends z.ZodType>(
    call: HttpCall,
    schema: Schema,
    lists: (body: Record<string, unknown>) => Record<string, unknown>,
  ): Promise<z.output<Schema>> => {
    const body = await jsonBody(call, flow);
    if (isObject(body)) {
      for (const [key, list] of Object.entries(lists(body))) requireBatch(list, key, maxBatch);
    }
    return typed(body, schema);
  };

  const embed = async (call: HttpCall, endpoint: string) => {
    const who = asked(call, endpoint);
    const body = await read(call, EmbedBody, ({ inputs }) => ({ inputs }));
    const done = await work.embed(body, who);
    const bytes = await vectorsJson(done.result, call.signal);
    return jsonBytes(bytes, 200, computeHeaders(done.work));
  };

  const similarity = async (call: HttpCall, endpoint: string) => {
    const who = asked(call, endpoint);
    const { inputs, parameters } = await read(
      call,
      SimilarityBody,
      ({ inputs }) => isObject(inputs) ? { "inputs.sentences": inputs["sentences"] } : {},
    );
    const { source_sentence: source, sentences } = inputs;
    const done = await work.similarity(source, sentences, parameters ?? {}, who);
    const bytes = await inSlices(function* (slices) {
      const json = new JsonBytes(64 + 16 * done.result.length);
      json.floats(done.result);
      return yield* json.finish(slices);
    });
    return jsonBytes(bytes, 200, computeHeaders(done.work));
  };

  const rerank = async (call: HttpCall, endpoint: string) => {
    const who = asked(call, endpoint);
    const body = await read(call, RerankBody, ({ texts }) => ({ texts }));
    const done = await work.rerank(body, who);
    const records = rankRecords(done.result, body.return_text ? body.texts : undefined);
    return json(records, 200, computeHeaders(done.work));
  };

  const tokenize = async (call: HttpCall, endpoint: string) => {
    const body = await read(call, TokenizeBody, ({ inputs }) => ({ inputs }));
    const { inputs, add_special_tokens: special, prompt_name: prompt } = body;
    requireNoPrompt(prompt);
    const texts = typeof inputs === "string" ? [inputs] : inputs;
    requireSome(texts, "inputs");
    call.watch.read(endpoint, texts.length, call.body.length);
    const { tokenizer } = work.executor;
    return jsonBytes(await tokenizeJson(texts, special !== false, tokenizer, call.signal));
  };

  const decode = async (call: HttpCall, endpoint: string) => {
    const body = await read(call, DecodeBody, ({ ids }) => ({ ids }));
    const lists = isLists(body.ids) ? body.ids : [body.ids];
    call.watch.read(endpoint, lists.length, call.body.length);
    const skip = body.skip_special_tokens !== false;
    return json(await decodeIds(lists, skip, work.executor.tokenizer));
  };

  const route = (
    path: string,
    serve: (call: HttpCall, endpoint: string) => ReturnType<DataRoute["serve"]>,
  ): DataRoute => ({
    kind: "data",
    method: "POST",
    path,
    accepts: ["application/json"],
    serve: (call) => serve(call, path),
  });
  return [
    route("/embed", embed),
    route("/", embed),
    route("/invocations", embed),
    route("/similarity", similarity),
    // infinity's has `documents`.
    { ...route("/rerank", rerank), takes: (call) => hasKey(call, flow, "texts") },
    route("/tokenize", tokenize),
    route("/decode", decode),
    route("/vertex", (call, endpoint) => serveVertex(asked(call, endpoint), work, flow)),
    ...Object.entries(REFUSED).map(([path, reason]) =>
      route(path, () => {
        throw new ClipError("backend", `'${path}' is not served: ${reason}`);
      })
    ),
  ];
}

function isLists(ids: number[] | number[][]): ids is number[][] {
  return typeof ids[0] !== "number";
}
