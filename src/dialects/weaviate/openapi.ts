/** Weaviate's part of `/openapi.json`. */
import { z } from "zod";
import type { OpenApiObject, OpenApiPart } from "../../exchange/openapi.ts";
import {
  failureResponses,
  jsonRequestBody,
  jsonResponse,
  schemaReference,
} from "../describing/operation.ts";
import { openApiSchema } from "../describing/schema.ts";
import { statusOf } from "../statuses.ts";
import { VECTORIZE, VECTORS } from "./vectorize.ts";

const TAG = "weaviate";
const ERROR = z.object({ error: z.string() });

/** Makes the part. */
export function weaviateOpenApi(): OpenApiPart {
  const error = schemaReference("WeaviateError");
  const notReady = { [statusOf("unavailable", "weaviate")]: jsonResponse("Not ready", error) };
  const health = (summary: string, more: OpenApiObject = {}): OpenApiObject => ({
    tags: [TAG],
    summary,
    responses: { 204: { description: "Yes" }, ...more },
  });
  return {
    tags: [{ name: TAG, description: "What Weaviate's module `multi2vec-clip` calls" }],
    paths: {
      "/vectorize": {
        post: {
          tags: [TAG],
          summary: "Embed texts and images as the module's own container does",
          requestBody: jsonRequestBody(schemaReference("WeaviateVectorize"), {
            texts: ["a red circle"],
          }),
          responses: {
            200: jsonResponse("Vectors of length 1", schemaReference("WeaviateVectors")),
            ...failureResponses("weaviate", error),
          },
        },
      },
      "/meta": {
        get: {
          tags: [TAG],
          summary: "Tell of the models, for Weaviate's own `/v1/meta`",
          responses: { 200: jsonResponse("The answer", { type: "object" }), ...notReady },
        },
      },
      "/.well-known/live": { get: health("Say that the process lives") },
      "/.well-known/ready": {
        get: health("Say whether requests would be served", notReady),
      },
    },
    components: {
      schemas: {
        WeaviateVectorize: openApiSchema(VECTORIZE),
        WeaviateVectors: openApiSchema(VECTORS),
        WeaviateError: openApiSchema(ERROR),
      },
    },
  };
}
