/** What text-embeddings-inference's clients ask about the server. */
import type { z } from "zod";
import { ClipError } from "../../errors.ts";
import { empty, type HttpAnswer, type InfoRoute, json } from "../../exchange/http.ts";
import { VERSION } from "../../version.ts";
import type { DialectContext } from "../context.ts";
import { refuse } from "./refuse.ts";
import type { ANSWERS } from "./schemas.ts";

const OK = 200;

/** Number formats as TEI calls them. */
const DTYPES: Readonly<Record<string, string>> = { fp32: "float32", fp16: "float16" };

/** The routes. */
export function infoRoutes(context: DialectContext): InfoRoute[] {
  const health = () => healthAnswer(context);
  const route = (path: string, respond: InfoRoute["respond"]): InfoRoute => ({
    kind: "info",
    method: "GET",
    path,
    respond,
  });
  return [
    route("/info", () => json(serverInfo(context))),
    { ...route("/health", health), open: true },
    { ...route("/ping", health), open: true },
    // Where there is no page for people with a browser.
    { ...route("/", health), open: true },
  ];
}

/** No body while requests are served. */
function healthAnswer({ lifecycle, service }: DialectContext): HttpAnswer {
  if (lifecycle.stage === "serving" && service.executors.ready) return empty(OK);
  return refuse(new ClipError("unavailable", "unhealthy"));
}

function serverInfo({ service, flow }: DialectContext): z.output<typeof ANSWERS.info> {
  const { executors } = service;
  if (executors.all.length === 0) throw new ClipError("unavailable", "The model is still loading");
  const executor = executors.named(undefined);
  const { tokenizer, batching, description } = executor;
  const name = executors.idOf(executor);
  const dtype = description.dtype ?? "fp32";
  return {
    model_id: name,
    model_sha: null,
    model_dtype: DTYPES[dtype] ?? dtype,
    served_model_name: name,
    // CLIP's text tower gives what stands at the end-of-text token.
    model_type: { embedding: { pooling: "last_token" } },
    max_concurrent_requests: flow.prefetch > 0 ? flow.prefetch : Number.MAX_SAFE_INTEGER,
    max_input_length: tokenizer.contextLength,
    max_batch_tokens: batching.maxTokens,
    max_batch_requests: null,
    max_client_batch_size: flow.maxClientBatchSize,
    auto_truncate: true,
    tokenization_workers: batching.workers,
    version: VERSION,
    sha: null,
    docker_label: null,
  };
}
