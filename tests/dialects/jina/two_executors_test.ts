/** A flow of two models: who is named serves, over every protocol. */
import assert from "node:assert/strict";
import { join } from "node:path";
import {
  decodeResponseProto,
  encodeRequestProto,
} from "../../../src/dialects/jina/proto/request.ts";
import type { Document } from "../../../src/dialects/jina/document/document.ts";
import { loadFlow } from "../../../src/flow/load.ts";
import { localUrl } from "../../../src/server/banner.ts";
import { startServer } from "../../../src/server/server.ts";
import { SILENT_LOG } from "../../../src/telemetry/log.ts";
import { ROOT } from "../../docs/demo_program.ts";
import { GrpcClient } from "../../support/grpc_client.ts";
import { WsClient } from "../../support/ws_client.ts";

const executor = (name: string, model: string, path: string) => `
  - name: ${name}
    uses:
      jtype: CLIPEncoder
      with: { name: ${model}, model_path: "${join(ROOT, path)}", device: cpu }
      metas: { py_modules: [clip_server.executors.clip_torch] }`;

const FLOW = `
jtype: Flow
with: { protocol: [grpc, http, websocket], port: [0, 0, 0], host: 127.0.0.1 }
executors:${executor("small", "demo", "models/demo")}${
  executor("large", "other", "tests/fixtures/checkpoints/vit-b/hf")
}
`;

/** Embedding's length and the executor, by target; undefined where there is none. */
const RIGHT: Record<string, [number, string] | undefined> = {
  "": [128, "small"],
  small: [128, "small"],
  large: [32, "large"],
  "lar.*": [32, "large"],
  nope: undefined,
};

const PIXELS = { buffer: new Uint8Array(48).fill(200), shape: [4, 4, 3] };
const docs: Document[] = [{ id: "a", tensor: { ...PIXELS, dtype: "|u1", clsName: "numpy" } }];

interface Answer {
  length: number | undefined;
  executor: string | undefined;
  failed: boolean;
}

function fromProto(bytes: Uint8Array): Answer {
  const { docs, routes, status } = decodeResponseProto(bytes);
  return {
    length: docs[0]?.embedding?.shape[0],
    executor: routes.at(-1)?.executor,
    failed: status?.code === 1,
  };
}

Deno.test("the executor that a request names serves it, and a name that is none is an error", async () => {
  const server = await startServer(loadFlow({ text: FLOW, name: "two.yml" }, {}), {
    log: SILENT_LOG,
  });
  const url = (protocol: string) =>
    localUrl(server.addresses.find((address) => address.protocol === protocol)!);
  const client = new GrpcClient(url("grpc"));
  const socket = await new WsClient(`${url("websocket")}/`).open();
  try {
    let sent = 0;
    for (const [target, right] of Object.entries(RIGHT)) {
      const message = encodeRequestProto({
        requestId: "0".repeat(32),
        execEndpoint: "/encode",
        targetExecutor: target,
        parameters: {},
        docs,
      });
      const path = "/jina.JinaSingleDataRequestRPC/process_single_data";
      const answers: Record<string, Answer> = {};
      const response = await fetch(`${url("http")}/post`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({
          data: [{ tensor: new Array(4).fill(new Array(4).fill([200, 200, 200])) }],
          execEndpoint: "/encode",
          targetExecutor: target,
        }),
      });
      const { data, routes } = await response.json();
      answers["HTTP"] = {
        length: data?.[0].embedding?.length,
        executor: routes?.at(-1).executor,
        failed: response.status === 404,
      };
      socket.send(message);
      answers["WebSocket"] = fromProto((await socket.take(++sent)).at(-1)!.bytes);
      answers["gRPC"] = right
        ? fromProto(await client.unary(path, message))
        : { length: undefined, executor: undefined, failed: true };
      if (!right) await assert.rejects(client.unary(path, message), /'nope'.*small, large/);
      for (const [protocol, { length, executor, failed }] of Object.entries(answers)) {
        const where = `${protocol}, '${target}'`;
        assert.equal(failed, right === undefined, where);
        assert.equal(length, right?.[0], where);
        if (right) assert.equal(executor, right[1], where);
      }
    }
  } finally {
    client.close();
    await socket.close();
    await server.stop(10_000);
  }
});
