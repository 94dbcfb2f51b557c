/**
 * OpenAI's dialect: embeddings and the list of models, for OpenAI's own clients and what is built on
 * them, and with images as infinity, Jina AI's API and vLLM have added them.
 */
import { ClipError } from "../../errors.ts";
import type { Dialect } from "../../exchange/dialect.ts";
import type { InfoRoute } from "../../exchange/http.ts";
import type { DialectContext } from "../context.ts";
import { modelRoutes } from "../embeddings/models.ts";
import { embeddingsRoutes } from "../embeddings/route.ts";
import { openAiOpenApi } from "./openapi.ts";
import { refuseOpenAi } from "./refusal.ts";

/** Makes the dialect. */
export function openAiDialect(context: DialectContext): Dialect {
  const { executors } = context.service;
  return {
    name: "openai",
    http: {
      routes: [
        ...embeddingsRoutes(context, [{ path: "/v1/embeddings" }, { path: "/embeddings" }]),
        ...modelRoutes(executors, {
          lists: ["/v1/models", "/models"],
          below: ["/v1/models", "/models"],
        }),
        ...["GET", "POST"].map(nowhere),
      ],
      refuse: refuseOpenAi,
      describe: () => openAiOpenApi(executors),
    },
  };
}

/** What OpenAI's API has besides is not here, which its clients are told in its words. */
function nowhere(method: string): InfoRoute {
  return {
    kind: "info",
    method,
    path: "/v1/*",
    respond({ path }) {
      throw new ClipError(
        "not_found",
        `Unknown request URL: ${method} ${path}: there are /v1/embeddings and /v1/models`,
      );
    },
  };
}
