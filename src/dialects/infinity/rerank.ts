/**
 * infinity's `POST /rerank`, with images as Jina AI's has them: documents in the order of their
 * cosine with the query.
 */
import { z } from "zod";
import type { JsonBytes } from "../../encoding/json_bytes.ts";
import { inSlices, type Sliced, type Slices } from "../../encoding/slices.ts";
import type { DataRoute, HttpAnswer, HttpCall } from "../../exchange/http.ts";
import type { RankScore } from "../../service/rank.ts";
import type { DialectContext } from "../context.ts";
import { type Embed, embedder } from "../embed.ts";
import { envelopeEnd } from "../embeddings/answer.ts";
import { ITEM_SCHEMA } from "../embeddings/body.ts";
import { readItem, readList } from "../embeddings/input.ts";
import { findModel } from "../embeddings/model_name.ts";
import { imagesOf, isObject } from "../embeddings/part.ts";
import { hasKey } from "../reading/json_body.ts";
import { typedBody } from "../reading/typed_body.ts";
import { rerank } from "../rerank.ts";
import { writtenAnswer } from "../writing/written_answer.ts";

/** The body; query and documents are read by hand, as they may be long. */
export const RERANK_BODY = z.object({
  query: z.custom<unknown>((value) => value !== undefined && value !== null, "it is missing")
    .meta({ description: "A text or an image", ...ITEM_SCHEMA }),
  documents: z.custom<unknown[]>(Array.isArray, "expected a list of texts and images")
    .meta({ type: "array", minItems: 1, items: ITEM_SCHEMA }),
  model: z.string("expected a model's name").nullish(),
  top_n: z.number("expected a whole number").int("expected a whole number")
    .min(1, "expected 1 or more").nullish().describe("Only so many of the best; all by default"),
  return_documents: z.boolean("expected a boolean").nullish(),
  raw_scores: z.boolean("expected a boolean").nullish()
    .describe("Changes nothing: scores are cosines"),
});

type RerankBody = z.output<typeof RERANK_BODY>;

/** The routes of paths. */
export function rerankRoutes(context: DialectContext, paths: readonly string[]): DataRoute[] {
  const embed = embedder(context);
  return paths.map((path): DataRoute => ({
    kind: "data",
    method: "POST",
    path,
    accepts: ["application/json"],
    // TEI's body has `texts`.
    takes: (call) => hasKey(call, context.flow, "documents"),
    serve: (call) => serveRerank(call, path, context, embed),
  }));
}

async function serveRerank(
  call: HttpCall,
  path: string,
  { service: { executors }, flow: bounds }: DialectContext,
  embed: Embed,
): Promise<HttpAnswer> {
  const { signal, grow, body: { length: bytes } } = call;
  const body = await typedBody(call, bounds, RERANK_BODY);
  const { executor, name } = findModel(executors, body.model);
  const reading = { modality: undefined, bounds, grow };
  const query = readItem(body.query, ["query"], reading);
  const candidates = await inSlices(
    (slices) => readList(body.documents, "documents", reading, slices),
    signal,
  );
  const place = { query: "query", candidate: (index: number) => `documents.${index}` };
  const { ranking, tokens } = await rerank(
    { query, candidates, executor, endpoint: path, bytes, place },
    embed,
    call,
  );
  const best = ranking.slice(0, body.top_n ?? undefined);
  return await writtenAnswer(
    ENVELOPE_BYTES + RESULT_BYTES * best.length,
    (json, slices) => writeRanking(json, { best, body, name, tokens }, slices),
    signal,
  );
}

/** Bytes that an answer takes beside its results, about. */
const ENVELOPE_BYTES = 512;
/** Bytes that a result takes, about. */
const RESULT_BYTES = 80;
/** Units of work of one. */
const RESULT_UNITS = 1000;

/** What is told. */
interface Ranking {
  best: readonly RankScore[];
  body: RerankBody;
  name: string;
  tokens: number;
}

function* writeRanking(
  json: JsonBytes,
  { best, body, name, tokens }: Ranking,
  slices: Slices,
): Sliced<void> {
  json.raw('{"object":"rerank","results":[');
  for (const [place, { index, cosine }] of best.entries()) {
    json.raw(`${place === 0 ? "" : ","}{"relevance_score":${cosine},"index":${index},"document":`);
    if (body.return_documents) yield* writeDocument(json, body.documents[index], slices);
    else json.raw("null");
    json.raw("}");
    if (slices.spent(RESULT_UNITS)) yield;
  }
  json.raw(`],${envelopeEnd("rerank", name, tokens)}`);
}

/** A document as it came, but for keys that say nothing here. */
function* writeDocument(json: JsonBytes, document: unknown, slices: Slices): Sliced<void> {
  if (!isObject(document)) return yield* json.longText(String(document), slices);
  const [image] = imagesOf(document);
  const [before, text, after] = image === undefined
    ? ['{"text":', String(document["text"]), "}"]
    : image.nested
    ? [`{"${image.key}":{"url":`, image.reference!, "}}"]
    : [`{"${image.key}":`, image.reference!, "}"];
  json.raw(before);
  yield* json.longText(text, slices);
  json.raw(after);
}
