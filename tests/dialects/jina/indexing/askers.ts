/** Jina's requests over every protocol, with the same call. */
import assert from "node:assert/strict";
import type { Document, JsonObject } from "../../../../src/dialects/jina/document/document.ts";
import type { DataRequest, DataResponse } from "../../../../src/dialects/jina/document/request.ts";
import { decodeRequestJson } from "../../../../src/dialects/jina/json/request.ts";
import { encodeResponseJson } from "../../../../src/dialects/jina/json/response.ts";
import {
  decodeResponseProto,
  encodeRequestProto,
} from "../../../../src/dialects/jina/proto/request.ts";
import { openGateways, type TestGatewayOptions } from "../../../support/gateways.ts";
import { GrpcClient } from "../../../support/grpc_client.ts";
import { WsClient } from "../../../support/ws_client.ts";

/** What is asked. */
export interface Question {
  docs?: Document[];
  parameters?: JsonObject;
  target?: string;
}

/** Asks an endpoint. A request that is refused as a whole has a status too. */
export type Ask = (endpoint: string, question?: Question) => Promise<DataResponse>;

/** Gateways over a fake encoder, and a way to ask by each protocol. */
export async function openAskers(options: TestGatewayOptions = {}) {
  const gateways = await openGateways({ protocol: "[grpc, http, websocket]", ...options });
  const grpc = new GrpcClient(gateways.url("grpc"));
  const socket = await new WsClient(`${gateways.url("websocket")}/`).open();
  let frames = 0;
  const askers: Record<"grpc" | "http" | "websocket", Ask> = {
    grpc: async (endpoint, question) => (await grpc.call([requestOf(endpoint, question)]))[0]!,
    async websocket(endpoint, question) {
      socket.send(encodeRequestProto(requestOf(endpoint, question)));
      return decodeResponseProto((await socket.take(++frames)).at(-1)!.bytes);
    },
    http: (endpoint, question) =>
      askOverHttp(`${gateways.url("http")}/post`, requestOf(endpoint, question)),
  };
  return {
    gateways,
    by: askers,
    grpc,
    askers: Object.entries(askers),
    ask: askers.grpc,
    async [Symbol.asyncDispose]() {
      grpc.close();
      await socket.close();
      await gateways[Symbol.asyncDispose]();
    },
  };
}

function requestOf(endpoint: string, { docs, parameters, target }: Question = {}): DataRequest {
  return {
    requestId: "0".repeat(32),
    execEndpoint: endpoint,
    parameters: parameters ?? {},
    docs: structuredClone(docs ?? []),
    ...(target === undefined ? {} : { targetExecutor: target }),
  };
}

async function askOverHttp(url: string, request: DataRequest): Promise<DataResponse> {
  const { docs, parameters, execEndpoint, targetExecutor } = request;
  const written = await encodeResponseJson({ ...request, routes: [] });
  const { data } = JSON.parse(new TextDecoder().decode(written));
  const answer = await fetch(url, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({
      data: docs.length === 0 ? null : data,
      parameters,
      execEndpoint,
      targetExecutor,
    }),
  });
  const text = await answer.text();
  if (answer.status !== 200) {
    assert.ok(answer.status < 500 || answer.status === 504, `${answer.status} ${text}`);
    return { ...request, docs: [], routes: [], status: { code: 1, description: text } };
  }
  const { header, routes, data: told } = JSON.parse(text);
  const body = new TextEncoder().encode(JSON.stringify({ data: told }));
  const read = await decodeRequestJson(body);
  return { ...read, routes, ...(header.status ? { status: header.status } : {}) };
}

/** The ids of each document's matches. */
export function matchIds({ docs, status }: DataResponse): string[][] {
  assert.equal(status?.description, undefined);
  return docs.map(({ matches }) => (matches ?? []).map(({ id }) => id));
}

/** A document with an embedding of its own. */
export function embedded(id: string, embedding: number[], rest: Partial<Document> = {}): Document {
  const buffer = new Uint8Array(Float32Array.from(embedding).buffer);
  return {
    id,
    embedding: { buffer, shape: [embedding.length], dtype: "<f4", clsName: "numpy" },
    ...rest,
  };
}
