/**
 * A server that costs next to nothing: every embedding is two numbers. As a program of its own, so
 * that its memory is not the client's: it prints the ports of gRPC, HTTP and WebSocket.
 */
import { Buffer } from "node:buffer";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { Server, ServerCredentials, type ServerDuplexStream } from "@grpc/grpc-js";
// @ts-types="@types/ws"
import { WebSocketServer } from "ws";
import { decodeRequestJson } from "../../src/dialects/jina/json/request.ts";
import { encodeResponseJson } from "../../src/dialects/jina/json/response.ts";
import type { DataRequest, DataResponse } from "../../src/dialects/jina/document/request.ts";
import { embeddingToNdArray } from "../../src/dialects/jina/document/nd_array.ts";
import { decodeRequestProto, encodeResponseProto } from "../../src/dialects/jina/proto/request.ts";

const EMBEDDING = embeddingToNdArray(Float32Array.of(1, 2));

function serve(request: DataRequest): DataResponse {
  for (const doc of request.docs) doc.embedding = EMBEDDING;
  return { ...request, routes: [] };
}

async function answer(bytes: Uint8Array): Promise<Uint8Array> {
  return await encodeResponseProto(serve(await decodeRequestProto(bytes)));
}

const asBuffer = (bytes: Uint8Array) =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);

const grpc = new Server();
grpc.addService({
  Call: {
    path: "/jina.JinaRPC/Call",
    requestStream: true,
    responseStream: true,
    requestSerialize: asBuffer,
    requestDeserialize: (bytes: Buffer) => bytes,
    responseSerialize: asBuffer,
    responseDeserialize: (bytes: Buffer) => bytes,
  },
}, {
  Call: async (call: ServerDuplexStream<Uint8Array, Uint8Array>) => {
    for await (const message of call) call.write(await answer(message));
    call.end();
  },
});
const grpcPort = await new Promise<number>((resolve, reject) =>
  grpc.bindAsync(
    "127.0.0.1:0",
    ServerCredentials.createInsecure(),
    (error, port) => error ? reject(error) : resolve(port),
  )
);

const http = createServer(async (request, response) => {
  const pieces: Uint8Array[] = [];
  for await (const piece of request) pieces.push(piece);
  const body = await decodeRequestJson(new Uint8Array(Buffer.concat(pieces)));
  response.setHeader("content-type", "application/json");
  response.end(await encodeResponseJson(serve(body), "http"));
});
const webSockets = new WebSocketServer({ server: http, perMessageDeflate: false });
webSockets.on("connection", (socket) => {
  socket.on("message", async (data: Buffer) => {
    socket.send(await answer(new Uint8Array(data)));
  });
});
http.listen(0, "127.0.0.1", () => {
  const { port } = http.address() as AddressInfo;
  // deno-lint-ignore no-console
  console.log(JSON.stringify({ grpc: grpcPort, http: port, ws: port }));
});
