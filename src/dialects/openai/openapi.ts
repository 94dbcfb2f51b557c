/**
 * OpenAI's part of `/openapi.json`. The routes at the root are not in it: a Python client of Jina
 * sends to any described path that has the name of its endpoint.
 */
import { z } from "zod";
import type { OpenApiPart } from "../../exchange/openapi.ts";
import { openApiSchema } from "../describing/schema.ts";
import {
  describeEmbeddings,
  describeModel,
  describeModelList,
  embeddingsSchemas,
} from "../embeddings/description.ts";
import type { ExecutorTable } from "../../service/executors.ts";

const ERROR = z.object({
  error: z.object({
    message: z.string(),
    type: z.string(),
    param: z.string().nullable(),
    code: z.string().nullable(),
  }),
});

const BY = { tag: "OpenAI", api: "openai", error: "OpenAiError" } as const;

/** Makes the part. */
export function openAiOpenApi(executors: ExecutorTable): OpenApiPart {
  const summary =
    "Embed texts and images, as OpenAI's clients, Jina AI's and vLLM's ask; also at " +
    "`/embeddings`";
  return {
    tags: [{ name: BY.tag, description: "OpenAI's API, and with images what others added to it" }],
    paths: {
      "/v1/embeddings": {
        post: describeEmbeddings(BY, summary, { model: "default", input: ["a red circle"] }),
      },
      "/v1/models": { get: describeModelList(BY) },
      "/v1/models/{model}": { get: describeModel(BY) },
    },
    components: { schemas: { ...embeddingsSchemas(executors), OpenAiError: openApiSchema(ERROR) } },
  };
}
