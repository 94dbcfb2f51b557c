/** What balancers do to gRPC calls, as the client's failure. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type ServerHttp2Stream } from "node:http2";
import type { AddressInfo } from "node:net";
import { ClipClient, ClipClientError } from "../../../client/mod.ts";

/** RFC 9113, section 7. */
const CANCEL = 8;

Deno.test("a call that a balancer answers with a page and resets is a broken connection", async () => {
  const server = createServer();
  // As HAProxy does where no server is left.
  server.on("stream", (stream: ServerHttp2Stream) => {
    stream.on("error", () => {});
    stream.respond({ ":status": 503, "content-type": "text/html" });
    stream.write("<html>503 Service Unavailable</html>", () => stream.close(CANCEL));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  try {
    await using client = new ClipClient(`grpc://127.0.0.1:${port}`, { retry: { retries: 0 } });
    await assert.rejects(client.encode(["a red circle"]), (thrown) => {
      assert.ok(thrown instanceof ClipClientError);
      assert.ok(["connection", "unavailable"].includes(thrown.kind), thrown.kind);
      return true;
    });
  } finally {
    server.close();
  }
});
