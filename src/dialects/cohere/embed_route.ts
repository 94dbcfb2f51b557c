/** `POST /v2/embed`, and `/v1/embed` of older clients. */
import type { JsonBytes } from "../../encoding/json_bytes.ts";
import { inSlices, type Sliced, type Slices } from "../../encoding/slices.ts";
import type { HttpAnswer, HttpCall } from "../../exchange/http.ts";
import type { RequestItem } from "../../service/item.ts";
import type { DialectContext } from "../context.ts";
import { type Embed, readDimensions } from "../embed.ts";
import { requireFewItems } from "../reading/body_size.ts";
import { typedBody } from "../reading/typed_body.ts";
import { rowsCapacity, writeRows } from "../writing/rows.ts";
import { type VectorFormat, writeVector } from "../writing/vector_format.ts";
import { writtenAnswer } from "../writing/written_answer.ts";
import { EMBED, readEmbed, sourceOf } from "./embed_request.ts";
import { type CohereVersion, metaOf } from "./meta.ts";
import { truncated } from "./truncation.ts";

/** Serves a request. @throws {ClipError} what becomes the answer. */
export async function serveEmbed(
  call: HttpCall,
  version: CohereVersion,
  { service: { executors }, flow }: DialectContext,
  embed: Embed,
): Promise<HttpAnswer> {
  const { signal } = call;
  const body = await typedBody(call, flow, EMBED);
  const source = sourceOf(body);
  requireFewItems(source.list.length, flow);
  const executor = executors.named(body.model);
  const dimensions = readDimensions(body.output_dimension, executor, "output_dimension");
  const read = await inSlices((slices) => readEmbed(source, call.grow, slices), signal);
  const items = await truncated(read, body, executor, signal);
  const { vectors, tokens } = await embed({
    items,
    executor,
    form: { unit: true, dimensions },
    endpoint: call.path,
    bytes: call.body.length,
    place: read.place,
  }, call);
  const formats = new Set<VectorFormat>(body.embedding_types ?? []);
  // Older clients that name no type get the bare list.
  const bare = version === 1 && formats.size === 0;
  if (formats.size === 0) formats.add("float");
  const texts = source.key === "texts" ? source.list as string[] : undefined;
  const end = {
    meta: metaOf(version, billedUnits(items, tokens)),
    response_type: bare ? "embeddings_floats" : "embeddings_by_type",
  };
  return await writtenAnswer(
    500 + formats.size * rowsCapacity(vectors.length, vectors[0]!.length),
    function* (json, slices) {
      json.raw(`{"id":"${crypto.randomUUID()}","embeddings":`);
      if (bare) yield* writeVectors(json, vectors, "float", slices);
      else yield* writeByType(json, vectors, formats, slices);
      if (texts) {
        json.raw(',"texts":');
        yield* writeTexts(json, texts, slices);
      }
      json.raw(`,${JSON.stringify(end).slice(1)}`);
    },
    signal,
  );
}

/** Tokens of the texts, and images: what there is of both. */
function billedUnits(items: readonly RequestItem[], tokens: number): Record<string, number> {
  let images = 0;
  for (const item of items) if (!("text" in item)) images++;
  return {
    ...(images < items.length ? { input_tokens: tokens } : {}),
    ...(images > 0 ? { images } : {}),
  };
}

function* writeByType(
  json: JsonBytes,
  vectors: readonly Float32Array[],
  formats: ReadonlySet<VectorFormat>,
  slices: Slices,
): Sliced<void> {
  let before = "{";
  for (const format of formats) {
    json.raw(`${before}"${format}":`);
    yield* writeVectors(json, vectors, format, slices);
    before = ",";
  }
  json.raw("}");
}

function* writeVectors(
  json: JsonBytes,
  vectors: readonly Float32Array[],
  format: VectorFormat,
  slices: Slices,
): Sliced<void> {
  const size = { count: vectors.length, dimensions: vectors[0]!.length };
  yield* writeRows(json, size, (index) => writeVector(json, vectors[index]!, format), slices);
}

function* writeTexts(json: JsonBytes, texts: readonly string[], slices: Slices): Sliced<void> {
  json.raw("[");
  for (const [index, text] of texts.entries()) {
    if (index > 0) json.raw(",");
    yield* json.longText(text, slices);
  }
  json.raw("]");
}
