import assert from "node:assert/strict";
import { createServer } from "node:http";
import { RawHttpConnection, rawRequest } from "../../../bench/gateway/raw_http.ts";

/** A server that answers as its handler says, and how it is reached. */
async function serving(
  handler: Parameters<typeof createServer>[1],
  body: (connection: RawHttpConnection) => Promise<void>,
): Promise<void> {
  const server = createServer(handler!);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as { port: number };
  const connection = await RawHttpConnection.open(port);
  try {
    await body(connection);
  } finally {
    connection.close();
    await new Promise((resolve) => server.close(resolve));
  }
}

const request = rawRequest("127.0.0.1", "/post", new TextEncoder().encode('{"data":[]}'));

Deno.test("RawHttpConnection reads answers of a stated length, one after the other", async () => {
  const answer = "x".repeat(600_000);
  await serving((_, response) => {
    response.writeHead(200, { "content-length": answer.length });
    response.end(answer);
  }, async (connection) => {
    for (let i = 0; i < 3; i++) {
      const { status, bytes } = await connection.ask(request);
      assert.equal(status, 200);
      assert.ok(bytes > answer.length && bytes < answer.length + 500, `${bytes}`);
    }
  });
});

Deno.test("RawHttpConnection reads answers in chunks, one after the other", async () => {
  await serving((incoming, response) => {
    incoming.resume().on("end", () => {
      for (let i = 0; i < 20; i++) response.write("y".repeat(10_000));
      response.end();
    });
  }, async (connection) => {
    const first = await connection.ask(request);
    const second = await connection.ask(request);
    assert.equal(first.status, 200);
    assert.ok(first.bytes > 200_000);
    assert.equal(second.bytes, first.bytes);
  });
});

Deno.test("RawHttpConnection tells of other statuses and of a connection that ends", async () => {
  let asked = 0;
  await serving((_, response) => {
    if (asked++ > 0) return void response.destroy();
    response.writeHead(503, { "content-length": 0 });
    response.end();
  }, async (connection) => {
    assert.equal((await connection.ask(request)).status, 503);
    await assert.rejects(() => connection.ask(request), /closed/);
  });
});
