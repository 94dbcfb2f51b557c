/** Voyage's part of `/openapi.json`. */
import { z } from "zod";
import type { OpenApiPart } from "../../exchange/openapi.ts";
import {
  failureResponses,
  jsonRequestBody,
  jsonResponse,
  schemaReference,
} from "../describing/operation.ts";
import { openApiSchema } from "../describing/schema.ts";
import { BODY } from "./request.ts";

const TAG = "voyage";
const ERROR = z.object({ detail: z.string() });
const ANSWER = z.object({
  object: z.literal("list"),
  data: z.array(z.object({
    object: z.literal("embedding"),
    embedding: z.union([z.array(z.number()), z.string()]),
    index: z.int(),
  })),
  model: z.string(),
  usage: z.object({
    text_tokens: z.int(),
    image_pixels: z.int(),
    video_pixels: z.int(),
    total_tokens: z.int(),
  }),
});

/** Makes the part. @param path at which it is served. */
export function voyageOpenApi(path: string): OpenApiPart {
  return {
    tags: [{ name: TAG, description: "Voyage AI's multimodal embeddings" }],
    paths: {
      [path]: {
        post: {
          tags: [TAG],
          summary: "Embed texts and images, each input one of them",
          requestBody: jsonRequestBody(schemaReference("VoyageMultimodal"), {
            inputs: [{ content: [{ type: "text", text: "a red circle" }] }],
            model: "default",
          }),
          responses: {
            200: jsonResponse("Vectors of length 1", schemaReference("VoyageEmbeddings")),
            ...failureResponses("voyage", schemaReference("VoyageError")),
          },
        },
      },
    },
    components: {
      schemas: {
        VoyageMultimodal: openApiSchema(BODY),
        VoyageEmbeddings: openApiSchema(ANSWER),
        VoyageError: openApiSchema(ERROR),
      },
    },
  };
}
