/**
 * The recorded requests of the original's clients, sent to the real server with a model: its answers
 * are those of the original server, but for what the model decides.
 */
import assert from "node:assert/strict";
import { Metadata } from "@grpc/grpc-js";
import type { Document } from "../../src/dialects/jina/document/document.ts";
import { decodeResponseProto } from "../../src/dialects/jina/proto/request.ts";
import type { DataResponse } from "../../src/dialects/jina/document/request.ts";
import { localUrl } from "../../src/server/banner.ts";
import { GrpcClient } from "../support/grpc_client.ts";
import { startTestServer } from "../support/server.ts";
import { WsClient } from "../support/ws_client.ts";

const WIRE = new URL("../fixtures/wire/", import.meta.url);

interface Recording {
  name: string;
  requests: Uint8Array[];
  responses: DataResponse[];
}

/** The recorded calls with at least one document request. */
function recordings(): Recording[] {
  const found: Recording[] = [];
  for (const generation of ["grpc-early", "grpc-head"]) {
    const folder = new URL(`${generation}/`, WIRE);
    const files = [...Deno.readDirSync(folder)].map(({ name }) => name).sort();
    const calls = new Set(
      files.map((name) => name.replace(/-(req|resp)\d\.bin$/, "")).filter((name) =>
        /Call|process_single_data/.test(name)
      ),
    );
    for (const call of calls) {
      const read = (part: string) =>
        files.filter((name) => name.startsWith(`${call}-${part}`)).map((name) =>
          Deno.readFileSync(new URL(name, folder))
        );
      found.push({
        name: `${generation}/${call}`,
        requests: read("req"),
        responses: read("resp").map(decodeResponseProto),
      });
    }
  }
  return found;
}

/** What the model does not decide. */
function shape(response: DataResponse) {
  const document = (doc: Document): unknown => ({
    ...doc,
    // The recorded ones have 512 dimensions.
    embedding: doc.embedding && {
      dtype: doc.embedding.dtype,
      clsName: doc.embedding.clsName,
      dimensions: doc.embedding.shape.length,
    },
    scores: doc.scores &&
      Object.entries(doc.scores).map(([name, { opName }]) => [name, opName]).sort(),
    matches: doc.matches?.toSorted((a, b) => a.id < b.id ? -1 : 1).map(document),
  });
  const failed = response.status !== undefined && response.status.code !== 0;
  return {
    requestId: response.requestId,
    execEndpoint: response.execEndpoint,
    parameters: response.parameters,
    routes: response.routes.length,
    failed,
    exception: failed ? response.status!.exception!.name : undefined,
    docs: response.docs.map(document),
  };
}

Deno.test("Recorded requests get the answers of the original, over gRPC and WebSocket", async (t) => {
  const { server } = await startTestServer({ protocol: "[grpc, websocket]", port: "[0, 0]" });
  const [grpcUrl, wsUrl] = server.addresses.map(localUrl) as [string, string];
  const client = new GrpcClient(grpcUrl);
  try {
    for (const { name, requests, responses } of recordings()) {
      await t.step(name, async () => {
        const metadata = new Metadata();
        metadata.set("__prefetch__", "100");
        const overGrpc = name.includes("process_single_data")
          ? [
            decodeResponseProto(
              await client.unary("/jina.JinaSingleDataRequestRPC/process_single_data", requests[0]),
            ),
          ]
          : await client.call(requests, metadata);
        const socket = await new WsClient(`${wsUrl}/`).open();
        for (const request of requests) socket.send(request);
        socket.send(Uint8Array.of(0));
        assert.equal((await socket.closed).code, 1000);
        const overWebSocket = socket.frames.map(({ bytes }) => decodeResponseProto(bytes));
        assert.equal(overGrpc.length, requests.length);
        assert.deepEqual(overGrpc.map(shape), overWebSocket.map(shape));
        // Where the client hung up after an error nothing was recorded; and where it named another
        // executor, the original's gateway passed the request by it.
        const served = responses.every(({ routes }) => routes.length === 2);
        if (responses.length === requests.length && served) {
          assert.deepEqual(overGrpc.map(shape), responses.map(shape));
        }
      });
    }
  } finally {
    client.close();
    await server.stop(1000);
  }
});
