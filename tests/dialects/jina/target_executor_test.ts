import assert from "node:assert/strict";
import { encodeRequestProto } from "../../../src/dialects/jina/proto/request.ts";
import { decodeResponseProto } from "../../../src/dialects/jina/proto/request.ts";
import { openGateways } from "../../support/gateways.ts";
import { GrpcClient, textRequest } from "../../support/grpc_client.ts";
import { WsClient } from "../../support/ws_client.ts";

Deno.test("the executor that targetExecutor matches serves, and an unknown one is an error", async () => {
  await using gateways = await openGateways({ protocol: "[grpc, http, websocket]" });
  const client = new GrpcClient(gateways.url("grpc"));
  const socket = await new WsClient(`${gateways.url("websocket")}/`).open();
  try {
    let frames = 0;
    for (const [target, known] of [["clip_t", true], ["clip", true], ["nope", false]] as const) {
      const response = await fetch(`${gateways.url("http")}/post`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ data: [{ text: "a" }], targetExecutor: target }),
      });
      const text = await response.text();
      assert.equal(response.status, known ? 200 : 404, text);
      if (!known) assert.match(text, /'nope'.*clip_t/);
      const request = textRequest(["a"], { targetExecutor: target });
      const [answer] = await client.call([request]);
      socket.send(encodeRequestProto(request));
      const frame = (await socket.take(++frames)).at(-1)!;
      for (const { status, docs } of [answer!, decodeResponseProto(frame.bytes)]) {
        assert.equal(status?.code, known ? undefined : 1);
        assert.equal(docs[0]?.embedding !== undefined, known);
      }
    }
  } finally {
    client.close();
    await socket.close();
  }
});
