/** Answers to inference requests over HTTP. */
import { JsonBytes } from "../../../encoding/json_bytes.ts";
import type { Sliced, Slices } from "../../../encoding/slices.ts";
import { type HttpAnswer, jsonBytes } from "../../../exchange/http.ts";
import { type InferAnswer, outputBytes, shapeOf, writeRows } from "../infer_answer.ts";
import { EMBEDDING, VERSION } from "../model_interface.ts";
import { HEADER_LENGTH } from "./read_infer_request.ts";

const ENCODER = new TextEncoder();

/** Characters of a float32 with its comma, about. */
const DIGITS = 12;
/** What is taken at first for an answer, at most; more is taken as needed. */
const MAX_FIRST_BYTES = 1 << 22;

/** Writes an answer. @param binary puts the embeddings behind the JSON, as they are in memory. */
export function* writeHttpInferAnswer(
  answer: InferAnswer,
  binary: boolean,
  slices: Slices,
): Sliced<HttpAnswer> {
  return binary ? yield* writeBinary(answer, slices) : jsonBytes(yield* writeJson(answer, slices));
}

function* writeBinary(answer: InferAnswer, slices: Slices): Sliced<HttpAnswer> {
  const bytes = outputBytes(answer);
  const head = ENCODER.encode(`${beginning(answer)}"parameters":{"binary_data_size":${bytes}}}]}`);
  const body = new Uint8Array(head.length + bytes);
  body.set(head);
  yield* writeRows(answer, body, head.length, slices);
  return {
    status: 200,
    headers: {
      "content-type": "application/octet-stream",
      [HEADER_LENGTH]: String(head.length),
    },
    body,
  };
}

/** The numbers stand in one list, whatever the shape, as Triton and MLServer write them. */
function* writeJson(answer: InferAnswer, slices: Slices): Sliced<Uint8Array> {
  const head = `${beginning(answer)}"data":[`;
  const numbers = answer.vectors.length * answer.size;
  const json = new JsonBytes(Math.min(MAX_FIRST_BYTES, head.length + numbers * DIGITS + 8));
  json.raw(head);
  for (const [i, vector] of answer.vectors.entries()) {
    if (i > 0) json.raw(",");
    json.floatRow(vector);
    if (slices.spent(vector.length * DIGITS * 2)) yield;
  }
  json.raw("]}]}");
  return yield* json.finish(slices);
}

/** Up to where the output's contents are told. */
function beginning(answer: InferAnswer): string {
  const head = {
    model_name: answer.model,
    model_version: VERSION,
    ...(answer.id === "" ? {} : { id: answer.id }),
  };
  const shape = shapeOf(answer).join(",");
  return `${JSON.stringify(head).slice(0, -1)},"outputs":[{"name":"${EMBEDDING}",` +
    `"datatype":"FP32","shape":[${shape}],`;
}
