/**
 * infinity's dialect (infinity-emb 0.0.78): its routes stand at the root, and below `/v1` where
 * `--url-prefix /v1` puts them.
 */
import type { Dialect } from "../../exchange/dialect.ts";
import type { DialectContext } from "../context.ts";
import { modelRoutes } from "../embeddings/models.ts";
import { embeddingsRoutes } from "../embeddings/route.ts";
import { classifyRoutes } from "./classify.ts";
import { healthRoute } from "./health_route.ts";
import { infinityOpenApi } from "./openapi.ts";
import { refuseInfinity } from "./refusal.ts";
import { rerankRoutes } from "./rerank.ts";

/** Makes the dialect. */
export function infinityDialect(context: DialectContext): Dialect {
  const { lifecycle, service: { executors } } = context;
  return {
    name: "infinity",
    http: {
      routes: [
        ...embeddingsRoutes(context, [
          { path: "/v1/embeddings" },
          { path: "/embeddings" },
          { path: "/v1/embeddings_image", modality: "image" },
          { path: "/embeddings_image", modality: "image" },
        ]),
        ...rerankRoutes(context, ["/v1/rerank", "/rerank"]),
        ...classifyRoutes(context, ["/v1/classify", "/classify"]),
        ...modelRoutes(executors, { lists: ["/v1/models", "/models"] }),
        healthRoute({ lifecycle, executors }),
      ],
      refuse: refuseInfinity,
      describe: () => infinityOpenApi(executors),
    },
  };
}
