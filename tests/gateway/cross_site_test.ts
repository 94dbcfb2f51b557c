import assert from "node:assert/strict";
import { localUrl } from "../../src/server/banner.ts";
import { startTestServer } from "../support/server.ts";
import { WsClient } from "../support/ws_client.ts";

Deno.test("WebSockets of strangers' pages are refused unless the flow allows their origin", async () => {
  const opens = async (url: string, origin?: string) => {
    const headers = origin === undefined ? {} : { origin };
    const client = new WsClient(url, [], { headers });
    try {
      await client.open();
      return true;
    } catch (thrown) {
      assert.match((thrown as Error).message, /403/);
      return false;
    } finally {
      client.socket.terminate();
    }
  };
  const page = "https://page.example";
  const table: [cors: string, origin: string | undefined, opens: boolean][] = [
    ["false", undefined, true],
    ["false", page, false],
    ["true", page, true],
    [`[${page}]`, page, true],
    [`[${page}]`, "https://other.example", false],
  ];
  for (const [cors, origin, expected] of table) {
    const { server } = await startTestServer({
      protocol: "websocket",
      gateway: [`cors: ${cors}`],
    });
    const url = localUrl(server.addresses[0]!);
    try {
      assert.equal(await opens(url, origin), expected, `cors: ${cors}, ${origin}`);
      assert.ok(await opens(url, url.replace("ws:", "http:")), "a page of the server's own");
    } finally {
      await server.stop(1000);
    }
  }
});
