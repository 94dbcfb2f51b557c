/**
 * Weaviate's dialect: the container that its module `multi2vec-clip` calls (weaviate adcffc5,
 * `modules/multi2vec-clip/clients`; weaviate/multi2vec-clip-inference 1d91296, `app.py`). It knows no
 * names of models: the flow's first one embeds.
 */
import { inSlices } from "../../encoding/slices.ts";
import type { ClipError } from "../../errors.ts";
import type { Dialect } from "../../exchange/dialect.ts";
import {
  empty,
  type HttpAnswer,
  type HttpCall,
  type InfoRoute,
  json,
} from "../../exchange/http.ts";
import type { ExecutorTable } from "../../service/executors.ts";
import { notReady } from "../../service/lifecycle.ts";
import { VERSION } from "../../version.ts";
import type { DialectContext } from "../context.ts";
import { type Embed, embedder } from "../embed.ts";
import { type BodyBounds, requireFewItems } from "../reading/body_size.ts";
import { typedBody } from "../reading/typed_body.ts";
import { refusal } from "../writing/refusal.ts";
import { writtenAnswer } from "../writing/written_answer.ts";
import { weaviateOpenApi } from "./openapi.ts";
import { readVectorize, VECTORIZE, vectorsCapacity, writeVectors } from "./vectorize.ts";

const ENDPOINT = "/vectorize";

/** Makes the dialect. */
export function weaviateDialect(context: DialectContext): Dialect {
  const { service: { executors }, lifecycle, flow } = context;
  const embed = embedder(context);
  return {
    name: "weaviate",
    http: {
      routes: [
        {
          kind: "data",
          method: "POST",
          path: ENDPOINT,
          accepts: ["application/json"],
          serve: (call) => vectorize(call, executors, flow, embed),
        },
        { kind: "info", method: "GET", path: "/meta", respond: () => json(metaOf(executors)) },
        healthRoute("/.well-known/live", () => undefined),
        healthRoute("/.well-known/ready", () => notReady(lifecycle.stage, executors.ready)),
      ],
      refuse,
      describe: weaviateOpenApi,
    },
  };
}

async function vectorize(
  call: HttpCall,
  executors: ExecutorTable,
  bounds: BodyBounds,
  embed: Embed,
): Promise<HttpAnswer> {
  const body = await typedBody(call, bounds, VECTORIZE);
  requireFewItems((body.texts?.length ?? 0) + (body.images?.length ?? 0), bounds);
  const { items, texts } = await inSlices(
    (slices) => readVectorize(body, call.grow, slices),
    call.signal,
  );
  const { vectors } = await embed({
    items,
    executor: executors.named(undefined),
    form: { unit: true },
    endpoint: ENDPOINT,
    bytes: call.body.length,
    place: (index) => index < texts ? `texts.${index}` : `images.${index - texts}`,
  }, call);
  return await writtenAnswer(
    vectorsCapacity(vectors),
    (json, slices) => writeVectors(json, vectors, texts, slices),
    call.signal,
  );
}

function healthRoute(path: string, trouble: () => ClipError | undefined): InfoRoute {
  return {
    kind: "info",
    method: "GET",
    path,
    open: true,
    respond() {
      const error = trouble();
      return error ? refuse(error) : empty(204);
    },
  };
}

function refuse(error: ClipError): HttpAnswer {
  return refusal(error, "weaviate", { error: error.message });
}

/** Any object will do: Weaviate shows it as the module's part of its own `/v1/meta`. */
function metaOf(executors: ExecutorTable): Record<string, unknown> {
  return {
    server: `clipline ${VERSION}`,
    models: executors.all.map((executor) => ({
      name: executors.idOf(executor),
      dimensions: executor.encoder.shape.embedDim,
    })),
  };
}
