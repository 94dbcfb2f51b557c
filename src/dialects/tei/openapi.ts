/**
 * The part of text-embeddings-inference in `/openapi.json`. Routes that are only refused are in it
 * too: who asks for one learns why, and one of them is another dialect's besides.
 */
import { z } from "zod";
import type { OpenApiObject, OpenApiPart } from "../../exchange/openapi.ts";
import { REFUSED } from "./data_routes.ts";
import {
  ANSWERS,
  DecodeBody,
  EmbedBody,
  MAX_IDS,
  PARTS,
  RerankBody,
  SimilarityBody,
  TokenizeBody,
  VertexBody,
} from "./schemas.ts";

const TAG = "tei";

const MODELS = z.registry<{ id: string }>();
MODELS.add(EmbedBody, { id: "TeiEmbedRequest" });
MODELS.add(SimilarityBody, { id: "TeiSimilarityRequest" });
MODELS.add(RerankBody, { id: "TeiRerankRequest" });
MODELS.add(TokenizeBody, { id: "TeiTokenizeRequest" });
MODELS.add(DecodeBody, { id: "TeiDecodeRequest" });
MODELS.add(VertexBody, { id: "TeiVertexRequest" });
MODELS.add(ANSWERS.vectors, { id: "TeiVectors" });
MODELS.add(ANSWERS.scores, { id: "TeiScores" });
MODELS.add(ANSWERS.ranks, { id: "TeiRanks" });
MODELS.add(ANSWERS.tokens, { id: "TeiTokens" });
MODELS.add(ANSWERS.texts, { id: "TeiTexts" });
MODELS.add(ANSWERS.predictions, { id: "TeiPredictions" });
MODELS.add(ANSWERS.info, { id: "TeiInfo" });
MODELS.add(ANSWERS.error, { id: "TeiError" });

/** Path, what it does, its body, what it answers, and a body that works. */
const ROUTES: readonly (readonly [string, string, z.ZodType, z.ZodType, OpenApiObject])[] = [
  ["/embed", "Embed texts", EmbedBody, ANSWERS.vectors, { inputs: ["a red circle"] }],
  [
    "/",
    "Embed texts, as clients ask that are given the server's address alone",
    EmbedBody,
    ANSWERS.vectors,
    { inputs: ["a red circle"] },
  ],
  ["/invocations", "Embed texts, as SageMaker asks for it", EmbedBody, ANSWERS.vectors, {
    inputs: "a red circle",
  }],
  ["/similarity", "Say how near sentences are to one: cosines", SimilarityBody, ANSWERS.scores, {
    inputs: { source_sentence: "a red circle", sentences: ["a circle", "a square"] },
  }],
  [
    "/rerank",
    "Order texts by their cosine to a query, the nearest first",
    RerankBody,
    ANSWERS.ranks,
    {
      query: "a red circle",
      texts: ["a circle", "a square"],
    },
  ],
  ["/tokenize", "Say what tokens texts are", TokenizeBody, ANSWERS.tokens, { inputs: "a circle" }],
  ["/decode", "Say what text tokens are", DecodeBody, ANSWERS.texts, { ids: [49406, 320, 49407] }],
  ["/vertex", "Embed or rank, as Vertex AI asks for it", VertexBody, ANSWERS.predictions, {
    instances: [{ inputs: "a red circle" }],
  }],
];

const REASONS: Readonly<Record<number, string>> = {
  400: "No JSON; nothing to embed",
  422: "The body is of another shape; too many or too long texts, a prompt, an id that is none",
  424: "The engine's own failure",
  429: "Too much to do, or the key's share is used up: send again",
  500: "The server's own failure",
  503: "Starting, stopping or without a working replica",
  504: "Not done in time",
};

/** What TEI's framework says before it reads a body: plain text. */
const UNREAD: Readonly<Record<number, string>> = {
  401: "No key, or one that is not known",
  408: "The body came too slowly",
  413: "The body is larger than is read",
  415: "A content type or coding that is not read",
};

/** What bodies may hold. */
export interface TeiBounds {
  maxBatch: number;
  /** Of the model; undefined while it is not known. */
  embedDim?: number | undefined;
  vocabSize?: number | undefined;
}

/** Makes the part. */
export function teiOpenApi(bounds: TeiBounds): OpenApiPart {
  const paths: Record<string, Record<string, OpenApiObject>> = {};
  for (const [path, summary, body, answer, example] of ROUTES) {
    paths[path] = { post: operation(summary, { body, example }, answered(answer)) };
  }
  for (const [path, reason] of Object.entries(REFUSED)) {
    paths[path] = { post: operation(`Refused: ${reason}`, {}, {}) };
  }
  paths["/info"] = { get: operation("Say what is served", null, answered(ANSWERS.info)) };
  for (const path of ["/health", "/ping"]) {
    const healthy = { 200: { description: "They would" } };
    paths[path] = { get: operation("Say whether requests would be served", null, healthy) };
  }
  return {
    tags: [{ name: TAG, description: "What clients of text-embeddings-inference send" }],
    paths,
    components: { schemas: schemas(bounds) },
  };
}

/** @param request null if it has no body; without `body` it is any JSON. */
function operation(
  summary: string,
  request: { body?: z.ZodType; example?: OpenApiObject } | null,
  answers: OpenApiObject,
): OpenApiObject {
  const error = { schema: reference(ANSWERS.error) };
  const text = { "text/plain": { schema: { type: "string" } } };
  const all: OpenApiObject = { ...answers };
  if (request === null) {
    all[503] = { description: REASONS[503], content: { "application/json": error } };
    return { tags: [TAG], summary, responses: all };
  }
  for (const [status, description] of Object.entries(REASONS)) {
    all[status] = { description, content: { "application/json": error, ...text } };
  }
  for (const [status, description] of Object.entries(UNREAD)) {
    all[status] = { description, content: text };
  }
  const { body, example } = request;
  const content = { schema: body ? reference(body) : {}, ...(example ? { example } : {}) };
  const requestBody = { required: true, content: { "application/json": content } };
  return { tags: [TAG], summary, requestBody, responses: all };
}

function answered(schema: z.ZodType): OpenApiObject {
  const content = { "application/json": { schema: reference(schema) } };
  return { 200: { description: "The answer", content } };
}

function reference(schema: z.ZodType): OpenApiObject {
  return { $ref: `#/components/schemas/${MODELS.get(schema)!.id}` };
}

function schemas(bounds: TeiBounds): Record<string, OpenApiObject> {
  const described = partsOf(bounds);
  const { schemas } = z.toJSONSchema(MODELS, {
    io: "input",
    uri: (name) => `#/components/schemas/${name}`,
    override({ zodSchema, jsonSchema }) {
      const part = described.get(zodSchema);
      if (part === undefined) return;
      for (const key of Object.keys(jsonSchema)) delete jsonSchema[key];
      Object.assign(jsonSchema, part);
    },
  });
  return Object.fromEntries(
    Object.entries(schemas).map(([name, { $schema: _, $id: __, ...schema }]) => [name, schema]),
  );
}

/** Parts of bodies as they may be: what is checked apart from the schemas is in them. */
function partsOf(
  { maxBatch, embedDim, vocabSize }: TeiBounds,
): Map<z.core.$ZodType, OpenApiObject> {
  const text = { type: "string", minLength: 1 };
  const texts = { type: "array", items: text, minItems: 1, maxItems: maxBatch };
  const id = { type: "integer", minimum: 0, ...limit(vocabSize && vocabSize - 1) };
  const ids = { type: "array", items: id, minItems: 1, maxItems: MAX_IDS };
  return new Map<z.core.$ZodType, OpenApiObject>([
    [PARTS.text, text],
    [PARTS.texts, texts],
    [PARTS.idLists, {
      anyOf: [ids, { type: "array", items: ids, minItems: 1, maxItems: maxBatch }],
    }],
    [PARTS.inputs, {
      anyOf: [text, texts],
      description: "In the place of a text its ids may stand, as `/tokenize` gives them",
    }],
    [PARTS.prompt, { type: "null", description: "There are no prompts: a name is refused" }],
    [PARTS.dimensions, {
      type: ["integer", "null"],
      minimum: 0,
      ...limit(embedDim),
      description: "Cut to so many dimensions; 0 is all",
    }],
  ]);
}

function limit(maximum: number | undefined): { maximum?: number } {
  return maximum === undefined ? {} : { maximum };
}
