/** Qdrant's part of `/openapi.json`. */
import { z } from "zod";
import type { OpenApiPart } from "../../exchange/openapi.ts";
import { type Describer, jsonOperation } from "../describing/operation.ts";
import { openApiSchema } from "../describing/schema.ts";
import { EMBEDDINGS, INFERENCE } from "./inference.ts";

const BY: Describer = { tag: "qdrant", api: "qdrant", error: "QdrantError" };
const ERROR = z.object({ error: z.string() });

/** Makes the part. @param paths at which the same is served. */
export function qdrantOpenApi(paths: readonly string[]): OpenApiPart {
  const post = jsonOperation(BY, {
    summary: "Embed what points and queries of a Qdrant server bring instead of vectors",
    request: "QdrantInference",
    example: { inputs: [{ data: "a red circle", data_type: "text" }] },
    answer: "QdrantEmbeddings",
    told: "Vectors of length 1 in the order of the inputs, and the tokens of the texts by model",
  });
  return {
    tags: [{ name: BY.tag, description: "The inference address of a Qdrant server" }],
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
