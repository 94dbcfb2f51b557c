/**
 * The dialect of text-embeddings-inference (1.9.3, huggingface/text-embeddings-inference@0d124dc): what
 * huggingface_hub's `InferenceClient`, LangChain, Chroma, Milvus and Elasticsearch send to it. Its
 * OpenAI routes are those of OpenAI's dialect.
 */
import type { Dialect } from "../../exchange/dialect.ts";
import type { DialectContext } from "../context.ts";
import { dataRoutes } from "./data_routes.ts";
import { infoRoutes } from "./info_routes.ts";
import { teiOpenApi } from "./openapi.ts";
import { refuse } from "./refuse.ts";

/** Makes the dialect. */
export function teiDialect(context: DialectContext): Dialect {
  return {
    name: "tei",
    http: {
      routes: [...infoRoutes(context), ...dataRoutes(context)],
      refuse,
      describe() {
        const [executor] = context.service.executors.all;
        return teiOpenApi({
          maxBatch: context.flow.maxClientBatchSize,
          embedDim: executor?.encoder.shape.embedDim,
          vocabSize: executor?.tokenizer.vocabSize,
        });
      },
    },
  };
}
