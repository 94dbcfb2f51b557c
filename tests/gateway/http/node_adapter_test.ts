import assert from "node:assert/strict";
import { createServer } from "node:http";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import {
  chooseCoding,
  serveNode,
  type WebHandler,
} from "../../../src/gateway/http/node_adapter.ts";

async function withServer(handler: WebHandler, work: (url: string) => Promise<void>) {
  const server = createServer((incoming, outgoing) => void serveNode(incoming, outgoing, handler));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  try {
    await work(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
  } finally {
    server.closeAllConnections();
    server.close();
    await once(server, "close");
  }
}

Deno.test("chooseCoding() follows the client's weights", () => {
  const table: [string | undefined, string | undefined][] = [
    [undefined, undefined],
    ["", undefined],
    ["identity", undefined],
    ["gzip", "gzip"],
    ["br", "br"],
    ["gzip, deflate, br", "gzip"],
    ["gzip;q=0.5, br", "br"],
    ["gzip;q=0, br;q=0", undefined],
    ["gzip;q=0", undefined],
    ["GZIP ; Q=0.1", "gzip"],
    ["*", "gzip"],
    ["*;q=0.1, br", "br"],
    ["gzip;q=0, *", "br"],
    ["gzip;q=x", undefined],
  ];
  for (const [accept, coding] of table) assert.equal(chooseCoding(accept), coding, `${accept}`);
});

Deno.test("serveNode() answers a request whose body it does not read, and the next one", async () => {
  await withServer(
    (request) => new Response(`refused ${request.method}`, { status: 413 }),
    async (url) => {
      for (const size of [10, 1_000_000, 10_000_000]) {
        const response = await fetch(url, { method: "POST", body: new Uint8Array(size) });
        assert.equal(response.status, 413);
        assert.equal(await response.text(), "refused POST");
      }
      assert.equal(await (await fetch(url)).text(), "refused GET");
    },
  );
});

Deno.test("serveNode() tells the handler that the client left, however large the body was", async () => {
  for (const size of [10, 5_000, 500_000]) {
    const entered = Promise.withResolvers<void>();
    const left = Promise.withResolvers<void>();
    await withServer(async (request) => {
      await request.arrayBuffer();
      request.signal.addEventListener("abort", () => left.resolve());
      entered.resolve();
      await left.promise;
      return new Response();
    }, async (url) => {
      const leaving = new AbortController();
      const options = { method: "POST", body: new Uint8Array(size), signal: leaving.signal };
      const answer = fetch(url, options);
      await entered.promise;
      leaving.abort();
      await assert.rejects(answer);
      await left.promise;
    });
  }
});

Deno.test("serveNode() packs answers as the client likes, and leaves small ones alone", async () => {
  const text = "0.123456789, ".repeat(1000);
  const headers = { "content-type": "application/json" };
  await withServer((request) => {
    const small = new URL(request.url).pathname === "/small";
    return new Response(small ? "small" : text, { headers });
  }, async (url) => {
    for (const coding of ["gzip", "br"]) {
      const args = ["-s", "-D-", "--compressed", "-H", `Accept-Encoding: ${coding}`];
      const curl = (path: string) =>
        new Deno.Command("curl", { args: [...args, url + path] }).output();
      const large = new TextDecoder().decode((await curl("")).stdout);
      assert.match(large, new RegExp(`content-encoding: ${coding}`, "i"));
      assert.ok(large.endsWith(text));
      const small = new TextDecoder().decode((await curl("small")).stdout);
      assert.ok(!/content-encoding/i.test(small));
      assert.ok(small.endsWith("small"));
    }
  });
});
