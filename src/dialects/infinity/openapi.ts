/** infinity's part of `/openapi.json`. */
import { z } from "zod";
import type { OpenApiObject, OpenApiPart } from "../../exchange/openapi.ts";
import {
  failureResponses,
  jsonRequestBody,
  jsonResponse,
  schemaReference,
} from "../describing/operation.ts";
import { openApiSchema } from "../describing/schema.ts";
import {
  describeEmbeddings,
  describeModelList,
  embeddingsSchemas,
  USAGE,
} from "../embeddings/description.ts";
import type { ExecutorTable } from "../../service/executors.ts";
import { statusOf } from "../statuses.ts";
import { CLASSIFY_BODY } from "./classify.ts";
import { RERANK_BODY } from "./rerank.ts";

const BY = { tag: "infinity", api: "infinity", error: "InfinityError" } as const;

const ERROR = z.union([
  z.object({
    error: z.object({
      message: z.string(),
      type: z.null(),
      param: z.string().nullable(),
      code: z.int(),
    }),
  }),
  z.object({ detail: z.string() }),
]);

const ENVELOPE = { model: z.string(), usage: USAGE, id: z.string(), created: z.int() };

const RANKING = z.object({
  object: z.literal("rerank"),
  results: z.array(z.object({
    relevance_score: z.number(),
    index: z.int(),
    document: z.union([z.string(), z.record(z.string(), z.unknown()), z.null()]),
  })),
  ...ENVELOPE,
});

const CLASSES = z.object({
  object: z.literal("classify"),
  data: z.array(z.array(z.object({ score: z.number(), label: z.string() }))),
  ...ENVELOPE,
});

/** Makes the part. */
export function infinityOpenApi(executors: ExecutorTable): OpenApiPart {
  const text = { model: "default", input: ["a red circle"] };
  const image = { model: "default", input: [TINY_PNG] };
  const query = { query: "a red circle", documents: ["a red circle", "a blue square"] };
  const labels = { input: ["a red circle"], labels: ["red", "blue"] };
  const rerank = "Order texts and images by their nearness to one";
  const classify = "Choose among labels for texts and images";
  const everywhere = ["/v1", ""].map((root) => ({
    [`${root}/embeddings`]: { post: describeEmbeddings(BY, "Embed texts and images", text) },
    [`${root}/embeddings_image`]: { post: describeEmbeddings(BY, "Embed images", image) },
    [`${root}/models`]: { get: describeModelList(BY) },
    [`${root}/rerank`]: { post: operation(rerank, "InfinityRerank", query, "InfinityRanking") },
    [`${root}/classify`]: {
      post: operation(classify, "InfinityClassify", labels, "InfinityClasses"),
    },
  }));
  return {
    tags: [{ name: BY.tag, description: "infinity's API, with and without `/v1`" }],
    paths: Object.assign({}, ...everywhere, {
      "/health": {
        get: {
          tags: [BY.tag],
          summary: "Say whether requests would be served",
          responses: {
            200: jsonResponse("The time", openApiSchema(z.object({ unix: z.number() }))),
            [statusOf("unavailable", BY.api)]: jsonResponse(
              "Not ready",
              schemaReference(BY.error),
            ),
          },
        },
      },
    }),
    components: {
      schemas: {
        ...embeddingsSchemas(executors),
        InfinityRerank: openApiSchema(RERANK_BODY),
        InfinityRanking: openApiSchema(RANKING),
        InfinityClassify: openApiSchema(CLASSIFY_BODY),
        InfinityClasses: openApiSchema(CLASSES),
        InfinityError: openApiSchema(ERROR),
      },
    },
  };
}

/** One pixel. */
const TINY_PNG =
  "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAIAAACQd1PeAAAADElEQVR4nGP4z8AAAAMBAQDJ/pLvAAAAAElFTkSuQmCC";

function operation(
  summary: string,
  request: string,
  example: OpenApiObject,
  answer: string,
): OpenApiObject {
  return {
    tags: [BY.tag],
    summary,
    requestBody: jsonRequestBody(schemaReference(request), example),
    responses: {
      200: jsonResponse("The answer", schemaReference(answer)),
      ...failureResponses(BY.api, schemaReference(BY.error)),
    },
  };
}
