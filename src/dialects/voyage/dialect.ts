/**
 * Voyage AI's dialect: its multimodal embeddings, as its Python client (voyageai 0.5.0) and
 * Weaviate's module `multi2vec-voyageai` (weaviate adcffc5) ask for them.
 */
import type { JsonBytes } from "../../encoding/json_bytes.ts";
import { inSlices, type Sliced, type Slices } from "../../encoding/slices.ts";
import type { ClipError } from "../../errors.ts";
import type { Dialect } from "../../exchange/dialect.ts";
import type { HttpAnswer, HttpCall } from "../../exchange/http.ts";
import type { RequestItem } from "../../service/item.ts";
import type { DialectContext } from "../context.ts";
import { type Embed, embedder, readDimensions } from "../embed.ts";
import { requireFewItems } from "../reading/body_size.ts";
import { typedBody } from "../reading/typed_body.ts";
import { requireWhole } from "../reading/whole_texts.ts";
import { refusal } from "../writing/refusal.ts";
import { rowsCapacity, writeRows } from "../writing/rows.ts";
import { quantizedBytes, type VectorFormat, writeVector } from "../writing/vector_format.ts";
import { writtenAnswer } from "../writing/written_answer.ts";
import { imagePixels } from "./image_pixels.ts";
import { voyageOpenApi } from "./openapi.ts";
import { BODY, readInputs } from "./request.ts";

const PATH = "/v1/multimodalembeddings";

/** Pixels that Voyage counts as one token. */
const PIXELS_PER_TOKEN = 560;

/** Makes the dialect. */
export function voyageDialect(context: DialectContext): Dialect {
  const embed = embedder(context);
  return {
    name: "voyage",
    http: {
      routes: [{
        kind: "data",
        method: "POST",
        path: PATH,
        accepts: ["application/json"],
        serve: (call) => serve(call, context, embed),
      }],
      refuse,
      describe: () => voyageOpenApi(PATH),
    },
  };
}

async function serve(
  call: HttpCall,
  { service: { executors }, flow }: DialectContext,
  embed: Embed,
): Promise<HttpAnswer> {
  const { signal } = call;
  const body = await typedBody(call, flow, BODY);
  requireFewItems(body.inputs.length, flow);
  const executor = executors.named(body.model);
  const dimensions = readDimensions(body.output_dimension, executor, "output_dimension");
  const items = await inSlices((slices) => readInputs(body.inputs, call.grow, slices), signal);
  if (body.truncation === false) {
    const texts = items.map((item) => "text" in item ? item.text : undefined);
    await requireWhole(texts, executor, (index) => `inputs.${index}.content`, signal);
  }
  const { vectors, tokens } = await embed({
    items,
    executor,
    form: { unit: true, dimensions },
    endpoint: PATH,
    bytes: call.body.length,
    place: (index) => `inputs.${index}.content`,
  }, call);
  const pixels = await inSlices((slices) => countPixels(items, slices), signal);
  const end = {
    model: body.model || executors.idOf(executor),
    usage: {
      text_tokens: tokens,
      image_pixels: pixels,
      video_pixels: 0,
      total_tokens: tokens + Math.ceil(pixels / PIXELS_PER_TOKEN),
    },
  };
  const format = body.output_dtype ?? "float";
  const packed = (body.output_encoding ?? body.encoding_format ?? null) !== null;
  const size = { count: vectors.length, dimensions: vectors[0]!.length };
  return await writtenAnswer(
    200 + rowsCapacity(size.count, size.dimensions),
    function* (json, slices) {
      json.raw('{"object":"list","data":');
      yield* writeRows(json, size, (index) => {
        json.raw('{"object":"embedding","embedding":');
        writeEmbedding(json, vectors[index]!, format, packed);
        json.raw(`,"index":${index}}`);
      }, slices);
      json.raw(`,${JSON.stringify(end).slice(1)}`);
    },
    signal,
  );
}

/** A list of numbers, or their bytes as base64. */
function writeEmbedding(
  json: JsonBytes,
  vector: Float32Array,
  format: Exclude<VectorFormat, "base64">,
  packed: boolean,
): void {
  if (!packed) writeVector(json, vector, format);
  else if (format === "float") writeVector(json, vector, "base64");
  else json.base64(quantizedBytes(vector, format));
}

/** Units of work of an image whose header is looked for, about. */
const HEADER_UNITS = 5000;

function* countPixels(items: readonly RequestItem[], slices: Slices): Sliced<number> {
  let pixels = 0;
  for (const item of items) {
    pixels += imagePixels(item);
    if (slices.spent("text" in item ? 1 : HEADER_UNITS)) yield;
  }
  return pixels;
}

function refuse(error: ClipError): HttpAnswer {
  return refusal(error, "voyage", { detail: error.message });
}
