/**
 * The part of text-embeddings-inference in `/openapi.json`. Its `POST /` is served and not described:
 * Jina's clients send what is for the endpoint `/`, which is every call that names none, to the path
 * of that name if it has a `post`.
 */
import { z } from "zod";
import type { OpenApiObject, OpenApiPart } from "../../exchange/openapi.ts";
import { REFUSED } from "./data_routes.ts";
import {
  ANSWERS,
  DecodeBody,
  EmbedBody,
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

/** Makes the part. */
export function teiOpenApi(): OpenApiPart {
  const paths: Record<string, Record<string, OpenApiObject>> = {};
  for (const [path, summary, body, answer, example] of ROUTES) {
    paths[path] = { post: operation(summary, { body, example }, answered(answer)) };
  }
  for (const [path, reason] of Object.entries(REFUSED)) {
    paths[path] = { post: operation(`Refused: ${reason}`, undefined, {}) };
  }
  paths["/info"] = { get: operation("Say what is served", null, answered(ANSWERS.info)) };
  for (const path of ["/health", "/ping"]) {
    const healthy = { 200: { description: "They would" } };
    paths[path] = { get: operation("Say whether requests would be served", null, healthy) };
  }
  return {
    tags: [{ name: TAG, description: "What clients of text-embeddings-inference send" }],
    paths,
    components: { schemas: schemas() },
  };
}

/** @param request with a body of any JSON if undefined, without one if null. */
function operation(
  summary: string,
  request: { body: z.ZodType; example: OpenApiObject } | undefined | null,
  answers: OpenApiObject,
): OpenApiObject {
  const content = request
    ? { schema: reference(request.body), example: request.example }
    : { schema: {} };
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

function schemas(): Record<string, OpenApiObject> {
  const { schemas } = z.toJSONSchema(MODELS, {
    io: "input",
    uri: (name) => `#/components/schemas/${name}`,
  });
  return Object.fromEntries(
    Object.entries(schemas).map(([name, { $schema: _, $id: __, ...schema }]) => [name, schema]),
  );
}
