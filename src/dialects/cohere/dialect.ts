/**
 * Cohere's dialect: embeddings of texts and images, and reranking, as its clients (cohere 7.3.1),
 * Weaviate's module `multi2vec-cohere` and vLLM's copy of the API have them.
 */
import type { ClipError } from "../../errors.ts";
import type { Dialect } from "../../exchange/dialect.ts";
import type { DataRoute, HttpAnswer, HttpCall } from "../../exchange/http.ts";
import type { DialectContext } from "../context.ts";
import { embedder } from "../embed.ts";
import { refusal } from "../writing/refusal.ts";
import { serveEmbed } from "./embed_route.ts";
import { cohereOpenApi } from "./openapi.ts";
import { serveRerank } from "./rerank_route.ts";

/** Makes the dialect. */
export function cohereDialect(context: DialectContext): Dialect {
  const embed = embedder(context);
  const route = (path: string, serve: DataRoute["serve"]): DataRoute => ({
    kind: "data",
    method: "POST",
    path,
    accepts: ["application/json"],
    serve,
  });
  return {
    name: "cohere",
    http: {
      routes: [
        route("/v2/embed", (call) => serveEmbed(call, 2, context, embed)),
        route("/v1/embed", (call) => serveEmbed(call, 1, context, embed)),
        route("/v2/rerank", (call) => serveRerank(call, 2, context, embed)),
        // Infinity's clients may have the same path, with an answer of its own.
        {
          ...route("/v1/rerank", (call) => serveRerank(call, 1, context, embed)),
          takes: isCoheres,
        },
      ],
      refuse,
      describe: cohereOpenApi,
    },
  };
}

/** Whether a request comes from a client of Cohere's own: they say so in a header. */
function isCoheres(call: HttpCall): boolean {
  const name = call.header("x-fern-sdk-name") ?? call.header("user-agent") ?? "";
  return /cohere/i.test(name);
}

function refuse(error: ClipError): HttpAnswer {
  return refusal(error, "cohere", { id: crypto.randomUUID(), message: error.message });
}
