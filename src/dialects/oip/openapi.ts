/** The protocol's part of `/openapi.json`. */
import { z } from "zod";
import type { OpenApiObject, OpenApiPart } from "../../exchange/openapi.ts";
import {
  failureResponses,
  jsonRequestBody,
  jsonResponse,
  schemaReference,
} from "../describing/operation.ts";
import { openApiSchema } from "../describing/schema.ts";
import { statusOf } from "../statuses.ts";
import { inferBody, inferResponse } from "./json/infer_schema.ts";

const TAG = "oip";

const ERROR = z.object({ error: z.string() });

const MODEL = "/v2/models/{model}";

/** Makes the part. @param models names that clients are shown. */
export function oipOpenApi(models: readonly string[]): OpenApiPart {
  const model = {
    name: "model",
    in: "path",
    required: true,
    schema: { type: "string" },
    example: models[0] ?? "",
  };
  const tell = (summary: string, more: OpenApiObject = {}): OpenApiObject => ({
    tags: [TAG],
    summary,
    responses: { 200: jsonResponse("The answer", { type: "object" }), ...more },
  });
  const tellModel = (summary: string): OpenApiObject => ({
    ...tell(summary, NO_MODEL),
    parameters: [model],
  });
  return {
    tags: [{ name: TAG, description: "Open Inference Protocol (KServe v2), as Triton speaks it" }],
    paths: {
      [`${MODEL}/infer`]: { post: { ...inferOperation(), parameters: [model] } },
      "/v2": { get: tell("Tell the server's name, version and extensions") },
      "/v2/health/live": { get: tell("Say that the process lives") },
      "/v2/health/ready": { get: tell("Say whether requests would be served", NOT_READY) },
      "/v2/models": { get: tell("List the models, as KServe's server does") },
      "/v2/models/stats": { get: tell("Count the requests of all models") },
      [MODEL]: { get: tellModel("Tell a model's inputs and outputs") },
      [`${MODEL}/ready`]: {
        get: { ...tellModel("Say whether a model takes requests"), responses: READY_RESPONSES },
      },
      [`${MODEL}/config`]: { get: tellModel("Tell a model's configuration, as Triton has it") },
      [`${MODEL}/stats`]: { get: tellModel("Count a model's requests") },
      "/v2/repository/index": {
        post: tell("List the models with their states", {
          200: jsonResponse("The models", { type: "array", items: { type: "object" } }),
        }),
      },
    },
    components: {
      schemas: {
        OipInferRequest: openApiSchema(inferBody),
        OipInferResponse: openApiSchema(inferResponse),
        OipError: openApiSchema(ERROR),
      },
    },
  };
}

const FAILED = schemaReference("OipError");
const NOT_READY = { 400: jsonResponse("Not ready", { type: "object" }) };
const NO_MODEL = {
  [statusOf("not_found", "oip")]: jsonResponse("No such model", FAILED),
  [statusOf("unavailable", "oip")]: jsonResponse("The server is starting", FAILED),
};
const READY_RESPONSES = {
  200: jsonResponse("It does", { type: "object" }),
  ...NOT_READY,
  ...NO_MODEL,
};

function inferOperation(): OpenApiObject {
  return {
    tags: [TAG],
    summary: "Embed texts or images",
    description:
      "With the header `Inference-Header-Content-Length` so many bytes of the body are this JSON, " +
      "and raw tensors follow it, each of `binary_data_size` bytes. So does the answer where " +
      "`binary_data` is asked for.",
    requestBody: jsonRequestBody(schemaReference("OipInferRequest"), {
      inputs: [{ name: "TEXT", shape: [1], datatype: "BYTES", data: ["a red circle"] }],
    }),
    responses: {
      200: {
        description: "Embeddings of length 1",
        content: {
          "application/json": { schema: schemaReference("OipInferResponse") },
          "application/octet-stream": { schema: { type: "string", format: "binary" } },
        },
      },
      ...failureResponses("oip", FAILED),
    },
  };
}
