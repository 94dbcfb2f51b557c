/** Cohere's part of `/openapi.json`. */
import { z } from "zod";
import type { OpenApiObject, OpenApiPart } from "../../exchange/openapi.ts";
import {
  failureResponses,
  jsonRequestBody,
  jsonResponse,
  schemaReference,
} from "../describing/operation.ts";
import { openApiSchema } from "../describing/schema.ts";
import { VECTOR_FORMATS } from "../writing/vector_format.ts";
import { EMBED } from "./embed_request.ts";
import { RERANK } from "./rerank_route.ts";

const TAG = "cohere";

const META = z.object({
  api_version: z.object({ version: z.string() }),
  billed_units: z.record(z.string(), z.number()),
});
const NUMBERS = z.array(z.array(z.number()));
const BY_TYPE = z.object(
  Object.fromEntries(
    VECTOR_FORMATS.map((
      format,
    ) => [format, (format === "base64" ? z.array(z.string()) : NUMBERS).optional()]),
  ),
);
const EMBEDDINGS = z.object({
  id: z.string(),
  embeddings: z.union([BY_TYPE, NUMBERS]),
  texts: z.array(z.string()).optional(),
  meta: META,
  response_type: z.enum(["embeddings_by_type", "embeddings_floats"]),
});
const RANKING = z.object({
  id: z.string(),
  results: z.array(z.object({
    index: z.int(),
    relevance_score: z.number().describe("The cosine of the two embeddings, -1 to 1"),
    document: z.object({ text: z.string() }).optional(),
  })),
  meta: META,
});
const ERROR = z.object({ id: z.string(), message: z.string() });

/** Makes the part. */
export function cohereOpenApi(): OpenApiPart {
  const failures = failureResponses("cohere", schemaReference("CohereError"));
  const embed = (summary: string): OpenApiObject => ({
    tags: [TAG],
    summary,
    requestBody: jsonRequestBody(schemaReference("CohereEmbed"), {
      model: "default",
      input_type: "search_document",
      texts: ["a red circle"],
      embedding_types: ["float"],
    }),
    responses: {
      200: jsonResponse("Vectors of length 1", schemaReference("CohereEmbeddings")),
      ...failures,
    },
  });
  const rerank = (summary: string): OpenApiObject => ({
    tags: [TAG],
    summary,
    requestBody: jsonRequestBody(schemaReference("CohereRerank"), {
      model: "default",
      query: "a red circle",
      documents: ["a circle, red", "a green star"],
    }),
    responses: {
      200: jsonResponse("Best first", schemaReference("CohereRanking")),
      ...failures,
    },
  });
  return {
    tags: [{ name: TAG, description: "Cohere's API" }],
    paths: {
      "/v2/embed": { post: embed("Embed texts or images") },
      "/v1/embed": { post: embed("Embed texts or images for older clients") },
      "/v2/rerank": { post: rerank("Order texts by their nearness to a text or an image") },
      "/v1/rerank": { post: rerank("Order texts for older clients") },
    },
    components: {
      schemas: {
        CohereEmbed: openApiSchema(EMBED),
        CohereEmbeddings: openApiSchema(EMBEDDINGS),
        CohereRerank: openApiSchema(RERANK),
        CohereRanking: openApiSchema(RANKING),
        CohereError: openApiSchema(ERROR),
      },
    },
  };
}
