/** `POST /v2/rerank` and `/v1/rerank`: texts, or images, by their nearness to a query. */
import { z } from "zod";
import type { JsonBytes } from "../../encoding/json_bytes.ts";
import { inSlices, type Sliced, type Slices } from "../../encoding/slices.ts";
import type { HttpAnswer, HttpCall } from "../../exchange/http.ts";
import type { RequestItem } from "../../service/item.ts";
import type { RankScore } from "../../service/rank.ts";
import type { DialectContext } from "../context.ts";
import type { Embed } from "../embed.ts";
import { requireFewItems } from "../reading/body_size.ts";
import { imageReference, isImageDataUri } from "../reading/image_reference.ts";
import { longList, typedItems } from "../reading/lists.ts";
import { typedBody } from "../reading/typed_body.ts";
import { rerank } from "../rerank.ts";
import { writtenAnswer } from "../writing/written_answer.ts";
import { type CohereVersion, metaOf } from "./meta.ts";

const DOCUMENT = z.union([z.string(), z.object({ text: z.string() })], {
  error: "it must be a text, or an object with one as 'text'",
});

/** The body. */
export const RERANK = z.object({
  model: z.string().nullish(),
  query: z.string().meta({ description: "A text, or an image as a data URI" }),
  documents: longList(DOCUMENT).meta({ description: "Each a text, or an image as a data URI" }),
  top_n: z.int().min(1).nullish(),
  return_documents: z.boolean().nullish().meta({ description: "Of `/v1/rerank`" }),
});

/** Bytes of one result, and units of work. */
const RESULT_BYTES = 64;
const RESULT_UNITS = 500;

/** Serves a request. @throws {ClipError} what becomes the answer. */
export async function serveRerank(
  call: HttpCall,
  version: CohereVersion,
  { service: { executors }, flow }: DialectContext,
  embed: Embed,
): Promise<HttpAnswer> {
  const { signal, grow } = call;
  const body = await typedBody(call, flow, RERANK);
  requireFewItems(body.documents.length, flow);
  const executor = executors.named(body.model);
  const texts = await inSlices((slices) => readDocuments(body.documents, slices), signal);
  const { ranking } = await rerank(
    {
      query: itemOf(body.query, grow),
      candidates: texts.map((text) => itemOf(text, grow)),
      executor,
      endpoint: call.path,
      bytes: call.body.length,
      place: { query: "query", candidate: (index) => `documents.${index}` },
    },
    embed,
    call,
  );
  const shown = version === 1 && body.return_documents === true ? texts : undefined;
  const best = ranking.slice(0, body.top_n ?? ranking.length);
  const end = { meta: metaOf(version, { search_units: 1 }) };
  return await writtenAnswer(
    200 + RESULT_BYTES * best.length,
    function* (json, slices) {
      json.raw(`{"id":"${crypto.randomUUID()}","results":`);
      yield* writeResults(json, best, shown, slices);
      json.raw(`,${JSON.stringify(end).slice(1)}`);
    },
    signal,
  );
}

function* readDocuments(documents: readonly unknown[], slices: Slices): Sliced<string[]> {
  const texts: string[] = [];
  yield* typedItems(documents, DOCUMENT, ["documents"], slices, (document) => {
    texts.push(typeof document === "string" ? document : document.text);
    return 0;
  });
  return texts;
}

/** An image where it is one as a data URI, which costs no more to see than a text. */
function itemOf(text: string, grow: ((bytes: number) => void) | undefined): RequestItem {
  return isImageDataUri(text) ? imageReference(text, grow) : { text };
}

function* writeResults(
  json: JsonBytes,
  ranking: readonly RankScore[],
  documents: readonly string[] | undefined,
  slices: Slices,
): Sliced<void> {
  json.raw("[");
  for (const [place, { index, cosine }] of ranking.entries()) {
    if (place > 0) json.raw(",");
    json.raw(`{"index":${index},"relevance_score":${cosine}`);
    if (documents) {
      json.raw(',"document":{"text":');
      yield* json.longText(documents[index]!, slices);
      json.raw("}");
    }
    json.raw("}");
    if (slices.spent(RESULT_UNITS)) yield;
  }
  json.raw("]");
}
