/**
 * Immich's dialect: what its server asks its machine learning for (immich 028fab8,
 * `machine-learning.repository.ts`; `immich_ml/main.py`), as far as that is CLIP.
 */
import { JsonBytes } from "../../encoding/json_bytes.ts";
import { readMultipart } from "../../encoding/multipart.ts";
import { inSlices } from "../../encoding/slices.ts";
import type { ClipError } from "../../errors.ts";
import type { Dialect } from "../../exchange/dialect.ts";
import { type HttpAnswer, type HttpCall, jsonBytes } from "../../exchange/http.ts";
import { imageSize } from "../../model/image/decode_cost.ts";
import type { ExecutorTable } from "../../service/executors.ts";
import { notReady } from "../../service/lifecycle.ts";
import type { DialectContext } from "../context.ts";
import { type Embed, embedder } from "../embed.ts";
import { refusal } from "../writing/refusal.ts";
import { immichOpenApi } from "./openapi.ts";
import { readPredict } from "./predict_request.ts";

const ENDPOINT = "/predict";
const PONG = new TextEncoder().encode("pong");

/** Makes the dialect. */
export function immichDialect(context: DialectContext): Dialect {
  const { service: { executors }, lifecycle } = context;
  const embed = embedder(context);
  return {
    name: "immich",
    http: {
      routes: [
        {
          kind: "data",
          method: "POST",
          path: ENDPOINT,
          accepts: ["multipart/form-data"],
          serve: (call) => predict(call, executors, embed),
        },
        {
          kind: "info",
          method: "GET",
          path: "/ping",
          open: true,
          respond() {
            // Immich looks at the status alone, and asks those first that are well.
            const error = notReady(lifecycle.stage, executors.ready);
            if (error) return refuse(error);
            return {
              status: 200,
              headers: { "content-type": "text/plain; charset=utf-8" },
              body: PONG,
            };
          },
        },
      ],
      refuse,
      describe: immichOpenApi,
    },
  };
}

async function predict(
  call: HttpCall,
  executors: ExecutorTable,
  embed: Embed,
): Promise<HttpAnswer> {
  const parts = await inSlices(
    (slices) => readMultipart(call.body, call.header("content-type"), slices),
    call.signal,
  );
  const request = readPredict(parts);
  const place = "text" in request ? "text" : "image";
  const { vectors } = await embed({
    items: [request],
    executor: executors.named(request.model),
    form: { unit: true },
    endpoint: ENDPOINT,
    bytes: call.body.length,
    place: () => place,
  }, call);
  const size = "bytes" in request ? imageSize(request.bytes) : undefined;
  const json = new JsonBytes(64 + 13 * vectors[0]!.length);
  // Digits, commas and brackets need no escapes.
  json.raw('{"clip":"');
  json.floats(vectors[0]!);
  json.raw('"');
  if (size) json.raw(`,"imageHeight":${size.height},"imageWidth":${size.width}`);
  json.raw("}");
  return jsonBytes(await inSlices((slices) => json.finish(slices), call.signal));
}

function refuse(error: ClipError): HttpAnswer {
  return refusal(error, "immich", { detail: error.message });
}
