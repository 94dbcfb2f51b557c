/** How the routes of this room are described, with the names that their schemas have. */
import { z } from "zod";
import type { OpenApiObject } from "../../exchange/openapi.ts";
import {
  failureResponses,
  jsonRequestBody,
  jsonResponse,
  schemaReference,
} from "../describing/operation.ts";
import { openApiSchema } from "../describing/schema.ts";
import type { ExecutorTable } from "../../service/executors.ts";
import { statusOf, type TabledApi } from "../statuses.ts";
import { dimensionFields, EMBEDDINGS_BODY } from "./body.ts";

/** What every answer with a cost says of it. */
export const USAGE = z.object({ prompt_tokens: z.int(), total_tokens: z.int() });

const ANSWER = z.object({
  object: z.literal("list"),
  data: z.array(z.object({
    object: z.literal("embedding"),
    index: z.int(),
    embedding: z.union([z.array(z.number()), z.string()]),
  })),
  model: z.string(),
  usage: USAGE,
  id: z.string(),
  created: z.int(),
});

const MODEL = z.object({
  id: z.string(),
  object: z.literal("model"),
  created: z.int(),
  owned_by: z.literal("infinity"),
  stats: z.object({
    queue_fraction: z.number(),
    queue_absolute: z.int(),
    results_pending: z.int(),
    batch_size: z.int(),
  }),
  backend: z.string(),
  capabilities: z.array(z.string()),
});

/**
 * Schemas by name: they are the same in every dialect that has these routes.
 * @param executors all of them, as their models say how many dimensions there are.
 */
export function embeddingsSchemas({ all }: ExecutorTable): Record<string, OpenApiObject> {
  const most = Math.max(...all.map(({ encoder }) => encoder.shape.embedDim));
  return {
    OpenAiEmbeddings: openApiSchema(EMBEDDINGS_BODY.extend(dimensionFields(most))),
    OpenAiEmbeddingList: openApiSchema(ANSWER),
    OpenAiModel: openApiSchema(MODEL),
    OpenAiModelList: {
      type: "object",
      required: ["object", "data"],
      properties: {
        object: { const: "list" },
        data: { type: "array", items: schemaReference("OpenAiModel") },
      },
    },
  };
}

/** In whose manner an operation is described. */
export interface Describer {
  tag: string;
  api: TabledApi;
  /** The name of the schema of its errors. */
  error: string;
}

/** `POST …/embeddings`. */
export function describeEmbeddings(
  { tag, api, error }: Describer,
  summary: string,
  example: OpenApiObject,
): OpenApiObject {
  return {
    tags: [tag],
    summary,
    requestBody: jsonRequestBody(schemaReference("OpenAiEmbeddings"), example),
    responses: {
      200: jsonResponse("A vector for each input", schemaReference("OpenAiEmbeddingList")),
      ...failureResponses(api, schemaReference(error)),
    },
  };
}

/** `GET …/models`. */
export function describeModelList({ tag, ...by }: Describer): OpenApiObject {
  return {
    tags: [tag],
    summary: "List the models",
    responses: {
      200: jsonResponse("The models", schemaReference("OpenAiModelList")),
      ...withoutKey(by),
    },
  };
}

/** `GET …/models/{model}`. */
export function describeModel({ tag, ...by }: Describer): OpenApiObject {
  const error = schemaReference(by.error);
  return {
    tags: [tag],
    summary: "Tell of a model, by any of its names",
    parameters: [{ name: "model", in: "path", required: true, schema: { type: "string" } }],
    responses: {
      200: jsonResponse("The model", schemaReference("OpenAiModel")),
      ...withoutKey(by),
      [statusOf("invalid", by.api)]: jsonResponse("The path is no text", error),
      [statusOf("not_found", by.api)]: jsonResponse("No such model", error),
    },
  };
}

function withoutKey({ api, error }: Omit<Describer, "tag">): OpenApiObject {
  const answer = jsonResponse("No key, or one that is not known", schemaReference(error));
  return { [statusOf("unauthenticated", api)]: answer };
}
