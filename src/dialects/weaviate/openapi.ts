/** Weaviate's part of `/openapi.json`. */
import { z } from "zod";
import type { OpenApiObject, OpenApiPart } from "../../exchange/openapi.ts";
import {
  type Describer,
  jsonOperation,
  jsonResponse,
  notReadyResponse,
} from "../describing/operation.ts";
import { openApiSchema } from "../describing/schema.ts";
import { VECTORIZE, VECTORS } from "./vectorize.ts";

const BY: Describer = { tag: "weaviate", api: "weaviate", error: "WeaviateError" };
const ERROR = z.object({ error: z.string() });

/** Makes the part. */
export function weaviateOpenApi(): OpenApiPart {
  const notReady = notReadyResponse(BY);
  const health = (summary: string, more: OpenApiObject = {}): OpenApiObject => ({
    tags: [BY.tag],
    summary,
    responses: { 204: { description: "Yes" }, ...more },
  });
  return {
    tags: [{ name: BY.tag, description: "What Weaviate's module `multi2vec-clip` calls" }],
    paths: {
      "/vectorize": {
        post: jsonOperation(BY, {
          summary: "Embed texts and images as the module's own container does",
          request: "WeaviateVectorize",
          example: { texts: ["a red circle"] },
          answer: "WeaviateVectors",
          told: "Vectors of length 1",
        }),
      },
      "/meta": {
        get: {
          tags: [BY.tag],
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
