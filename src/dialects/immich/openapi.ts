/** Immich's part of `/openapi.json`. */
import { z } from "zod";
import type { OpenApiPart } from "../../exchange/openapi.ts";
import { failureResponses, jsonResponse, schemaReference } from "../describing/operation.ts";
import { openApiSchema } from "../describing/schema.ts";
import { statusOf } from "../statuses.ts";
import { ENTRIES } from "./predict_request.ts";

const TAG = "immich";
const ERROR = z.object({ detail: z.string() });
const PREDICTION = z.object({
  clip: z.string().describe("The embedding, of length 1, as a JSON array"),
  imageHeight: z.int().optional(),
  imageWidth: z.int().optional(),
});

/** Makes the part. */
export function immichOpenApi(): OpenApiPart {
  const error = schemaReference("ImmichError");
  return {
    tags: [{ name: TAG, description: "Smart search of Immich; faces and text are not served" }],
    paths: {
      "/predict": {
        post: {
          tags: [TAG],
          summary: "Embed a text or an image as Immich's machine learning does",
          requestBody: {
            required: true,
            content: {
              "multipart/form-data": {
                schema: schemaReference("ImmichPredict"),
                encoding: { entries: { contentType: "application/json" } },
                example: {
                  entries: { clip: { textual: { modelName: "default" } } },
                  text: "a red circle",
                },
              },
            },
          },
          responses: {
            200: jsonResponse("The embedding", schemaReference("ImmichPrediction")),
            ...failureResponses("immich", error),
          },
        },
      },
      "/ping": {
        get: {
          tags: [TAG],
          summary: "Say whether requests would be served",
          responses: {
            200: {
              description: "They would: `pong`",
              content: { "text/plain": { schema: { type: "string" } } },
            },
            [statusOf("unavailable", "immich")]: jsonResponse("Not ready", error),
          },
        },
      },
    },
    components: {
      schemas: {
        ImmichPredict: {
          type: "object",
          properties: {
            entries: openApiSchema(ENTRIES),
            text: { type: "string" },
            image: { type: "string", format: "binary" },
          },
          required: ["entries"],
        },
        ImmichPrediction: openApiSchema(PREDICTION),
        ImmichError: openApiSchema(ERROR),
      },
    },
  };
}
