/** Qdrant's part of `/openapi.json`. */
import { z } from "zod";
import type { OpenApiObject, OpenApiPart } from "../../exchange/openapi.ts";
import {
  failureResponses,
  jsonRequestBody,
  jsonResponse,
  schemaReference,
} from "../describing/operation.ts";
import { openApiSchema } from "../describing/schema.ts";
import { EMBEDDINGS, INFERENCE } from "./inference.ts";

const TAG = "qdrant";
const ERROR = z.object({ error: z.string() });

/** Makes the part. @param paths at which the same is served. */
export function qdrantOpenApi(paths: readonly string[]): OpenApiPart {
  const post: OpenApiObject = {
    tags: [TAG],
    summary: "Embed what points and queries of a Qdrant server bring instead of vectors",
    requestBody: jsonRequestBody(schemaReference("QdrantInference"), {
      inputs: [{ data: "a red circle", data_type: "text" }],
    }),
    responses: {
      200: jsonResponse(
        "Vectors of length 1 in the order of the inputs, and the tokens of the texts by model",
        schemaReference("QdrantEmbeddings"),
      ),
      ...failureResponses("qdrant", schemaReference("QdrantError")),
    },
  };
  return {
    tags: [{ name: TAG, description: "The inference address of a Qdrant server" }],
    paths: Object.fromEntries(paths.map((path) => [path, { post }])),
    components: {
      schemas: {
        QdrantInference: openApiSchema(INFERENCE),
        QdrantEmbeddings: openApiSchema(EMBEDDINGS),
        QdrantError: openApiSchema(ERROR),
      },
    },
  };
}
