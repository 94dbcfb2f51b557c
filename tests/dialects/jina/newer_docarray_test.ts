/** Requests of docarray 0.30 and newer, recorded from docarray 0.32.1 and jina 3.23.2. */
import assert from "node:assert/strict";
import { decodeRequestProto } from "../../../src/dialects/jina/proto/request.ts";
import { openGateways } from "../../support/gateways.ts";
import { GrpcClient, statusOf } from "../../support/grpc_client.ts";
import { WsClient } from "../../support/ws_client.ts";

const FIXTURES = new URL("../../fixtures/docarray/", import.meta.url);
const RECORDED = ["text-0.32.bin", "image-0.32.bin"].map((name) =>
  Deno.readFileSync(new URL(name, FIXTURES))
);
const REFUSED = /docarray 0\.30 or newer.*use HTTP, or docarray below 0\.30/;

Deno.test("documents of docarray 0.30 and newer are refused with the way out", async () => {
  await using gateways = await openGateways({ protocol: "[grpc, http, websocket]" });
  const client = new GrpcClient(gateways.url("grpc"));
  const socket = await new WsClient(`${gateways.url("websocket")}/`).open();
  try {
    for (const [i, bytes] of RECORDED.entries()) {
      assert.throws(() => decodeRequestProto(bytes), REFUSED);
      const [answer] = await client.call([bytes]);
      assert.equal(answer!.status!.code, 1);
      assert.match(answer!.status!.description, REFUSED);
      assert.match(answer!.requestId, /^0{32}$/);
      const path = "/jina.JinaSingleDataRequestRPC/process_single_data";
      assert.match((await statusOf(client.unary(path, bytes))).details, REFUSED);
      socket.send(bytes);
      const frame = (await socket.take(i + 1)).at(-1)!;
      assert.match(new TextDecoder().decode(frame.bytes), REFUSED);
    }
  } finally {
    client.close();
    await socket.close();
  }
});

Deno.test("an id that only begins as such a document does is an id", async () => {
  for (const id of ["\n", "\nab", "\n\x02ab", "\n\x02ab\x13", "\n\x7fab"]) {
    const doc = Uint8Array.of(10, id.length, ...new TextEncoder().encode(id));
    const docs = Uint8Array.of(10, doc.length, ...doc);
    const content = Uint8Array.of(10, docs.length, ...docs);
    const request = await decodeRequestProto(Uint8Array.of(34, content.length, ...content));
    assert.equal(request.docs[0]!.id, id);
  }
});
