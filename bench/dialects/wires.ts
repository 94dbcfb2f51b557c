/** The ways to ask for embeddings that the dialects bench compares: each one's requests, as bytes. */
import { encodeMessage } from "../../src/encoding/protobuf_writer.ts";
import { type Case, imageOf, textOf } from "../gateway/requests.ts";

/** A dialect over a protocol, in one of its forms. */
export type WireName =
  | "jina /post"
  | "openai float"
  | "openai base64"
  | "oip binary HTTP"
  | "oip gRPC";

/** All of them; the first is what the others are held against. */
export const WIRES: readonly WireName[] = [
  "jina /post",
  "openai float",
  "openai base64",
  "oip binary HTTP",
  "oip gRPC",
];

/** A request that is ready. */
export interface WireRequest {
  /** Of gRPC the method's. */
  path: string;
  /** None of gRPC: its clients know them. */
  headers: Record<string, string | number>;
  body: Uint8Array;
}

/** The model's name in the bench's flow. */
const MODEL = "soak";
const JSON_HEADERS = { "content-type": "application/json" };
const ENCODER = new TextEncoder();

/** The request that asks for some items. */
export function wireRequest(
  wire: WireName,
  { kind }: Case,
  indices: readonly number[],
  picture: Uint8Array,
): WireRequest {
  switch (wire) {
    case "jina /post": {
      const data = indices.map((index) =>
        kind === "text" ? { text: textOf(index) } : { blob: imageOf(picture, index).toBase64() }
      );
      const parameters = { drop_image_content: true };
      return json("/post", { data, parameters, execEndpoint: "/" });
    }
    case "openai float":
    case "openai base64": {
      const input = indices.map((index) =>
        kind === "text" ? textOf(index) : { image: imageOf(picture, index).toBase64() }
      );
      return json("/v1/embeddings", { input, model: MODEL, encoding_format: wire.slice(7) });
    }
    case "oip binary HTTP":
      return binary(kind, indices.map((index) => bytesOf(kind, index, picture)));
    case "oip gRPC":
      return grpc(kind, indices.map((index) => bytesOf(kind, index, picture)));
  }
}

function bytesOf(kind: Case["kind"], index: number, picture: Uint8Array): Uint8Array {
  return kind === "text" ? ENCODER.encode(textOf(index)) : imageOf(picture, index);
}

function json(path: string, value: unknown): WireRequest {
  return { path, headers: JSON_HEADERS, body: ENCODER.encode(JSON.stringify(value)) };
}

/** As Triton's client has it by default: binary both ways. */
function binary(kind: Case["kind"], items: readonly Uint8Array[]): WireRequest {
  const tensor = bytesTensor(items);
  const head = ENCODER.encode(JSON.stringify({
    inputs: [{
      name: kind.toUpperCase(),
      shape: [items.length],
      datatype: "BYTES",
      parameters: { binary_data_size: tensor.length },
    }],
    outputs: [{ name: "EMBEDDING", parameters: { binary_data: true } }],
  }));
  return {
    path: `/v2/models/${MODEL}/infer`,
    headers: {
      "content-type": "application/octet-stream",
      "inference-header-content-length": head.length,
    },
    body: joined([head, tensor]),
  };
}

/** `ModelInferRequest` (https://github.com/kserve/open-inference-protocol, `grpc_service.proto`). */
function grpc(kind: Case["kind"], items: readonly Uint8Array[]): WireRequest {
  const tag = (number: number) => number << 3 | 2;
  const message = encodeMessage((sink) => {
    sink.string(tag(1), MODEL);
    sink.begin(tag(5));
    sink.string(tag(1), kind.toUpperCase());
    sink.string(tag(2), "BYTES");
    sink.packedUint32(tag(3), [items.length]);
    sink.end();
    sink.bytes(tag(7), bytesTensor(items));
  });
  const head = new Uint8Array(5);
  new DataView(head.buffer).setUint32(1, message.length);
  return {
    path: "/inference.GRPCInferenceService/ModelInfer",
    headers: {},
    body: joined([head, message]),
  };
}

/** Each with its length before it. */
function bytesTensor(items: readonly Uint8Array[]): Uint8Array {
  return joined(items.flatMap((item) => {
    const length = new Uint8Array(4);
    new DataView(length.buffer).setUint32(0, item.length, true);
    return [length, item];
  }));
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
