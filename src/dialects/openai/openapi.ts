/** OpenAI's part of `/openapi.json`. */
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
  const embeddings = describeEmbeddings(
    BY,
    "Embed texts and images, as OpenAI's clients, Jina AI's and vLLM's ask",
    { model: "default", input: ["a red circle"] },
  );
  return {
    tags: [{ name: BY.tag, description: "OpenAI's API, and with images what others added to it" }],
    paths: Object.assign(
      {},
      ...["/v1", ""].map((root) => ({
        [`${root}/embeddings`]: { post: embeddings },
        [`${root}/models`]: { get: describeModelList(BY) },
        [`${root}/models/{model}`]: { get: describeModel(BY) },
      })),
    ),
    components: { schemas: { ...embeddingsSchemas(executors), OpenAiError: openApiSchema(ERROR) } },
  };
}
