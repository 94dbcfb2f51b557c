/**
 * Inference requests over HTTP: JSON, and with the binary tensor data extension raw tensors behind
 * it, in the order of the inputs.
 */
import { ClipError } from "../../../errors.ts";
import type { HttpCall } from "../../../exchange/http.ts";
import type { BodyBounds } from "../../reading/body_size.ts";
import { typedBody } from "../../reading/typed_body.ts";
import type { InferRequest, InputTensor } from "../infer_request.ts";
import { EMBEDDING } from "../model_interface.ts";
import { type InferBody, inferBody } from "./infer_schema.ts";

/** How many bytes of a body are JSON; raw tensors follow. All of them, if there is no such header. */
export const HEADER_LENGTH = "inference-header-content-length";

/** A request, and how its answer is wanted. */
export interface HttpInferRequest extends InferRequest {
  /** The embeddings come behind the JSON. */
  binary: boolean;
}

/**
 * Reads a call's body. Raw tensors are views of it.
 * @throws {ClipError} invalid: another form, or tensors that do not end with the body; too_large.
 */
export async function readHttpInferRequest(
  call: HttpCall,
  bounds: BodyBounds,
): Promise<HttpInferRequest> {
  const length = jsonLength(call);
  const json = call.body.subarray(0, length);
  const body = await typedBody({ ...call, body: json }, bounds, inferBody);
  return {
    id: body.id ?? "",
    parameters: body.parameters ?? {},
    inputs: withContents(body.inputs, call.body.subarray(length)),
    outputs: (body.outputs ?? []).map(({ name, parameters }) => ({
      name,
      parameters: parameters ?? {},
    })),
    binary: isBinary(body),
  };
}

function jsonLength({ body, header }: HttpCall): number {
  const sent = header(HEADER_LENGTH);
  if (sent === undefined) return body.length;
  const length = /^[0-9]{1,15}$/.test(sent) ? Number(sent) : NaN;
  if (length <= body.length) return length;
  throw new ClipError(
    "invalid",
    `Inference-Header-Content-Length is '${sent.slice(0, 40)}': expected how many of the body's ` +
      `${body.length} bytes are JSON, counted as they are unpacked`,
  );
}

function withContents(inputs: InferBody["inputs"], binary: Uint8Array): InputTensor[] {
  let at = 0;
  const tensors = inputs.map((input, i): InputTensor => {
    const { name, datatype, shape, data, parameters } = input;
    const place = `inputs[${i}] '${name.slice(0, 40)}'`;
    const size = parameters?.binary_data_size;
    const tensor = { name, datatype, shape, parameters: parameters ?? {} };
    if (size === undefined || size === null) {
      return { ...tensor, contents: { kind: "json", data } };
    }
    if (data !== undefined) {
      throw new ClipError("invalid", `${place} has 'data' and 'binary_data_size': one is possible`);
    }
    const bytes = binary.subarray(at, at += size);
    if (bytes.length === size) return { ...tensor, contents: { kind: "raw", bytes } };
    throw new ClipError(
      "invalid",
      `${place}: its 'binary_data_size' is ${size}, and ${bytes.length} bytes are left behind the ` +
        "JSON, whose length Inference-Header-Content-Length tells",
    );
  });
  if (at === binary.length) return tensors;
  throw new ClipError(
    "invalid",
    `${
      binary.length - at
    } bytes follow the JSON and belong to no input: 'binary_data_size' in an ` +
      "input's 'parameters' says how many are its own",
  );
}

/** What one output says counts more than what all are said to be. */
function isBinary({ parameters, outputs }: InferBody): boolean {
  const asked = outputs?.find(({ name }) => name === EMBEDDING);
  return asked?.parameters?.binary_data ?? parameters?.binary_data_output ?? false;
}
