import assert from "node:assert/strict";
import { ClipError } from "../../src/errors.ts";
import { MetricSet } from "../../src/telemetry/metric_set.ts";
import { answerScrape, serveMetrics } from "../../src/telemetry/metrics_server.ts";

function set(): MetricSet {
  const set = new MetricSet();
  set.gauge("clipline_ready").set(1);
  return set;
}

Deno.test("answerScrape() answers / and /metrics, GET and HEAD, and nothing else", async () => {
  const ask = (path: string, method = "GET") =>
    answerScrape(new Request(`http://host${path}`, { method }), set(), () => true);
  for (const path of ["/", "/metrics", "/metrics?name=x"]) {
    const response = await ask(path);
    assert.equal(response.status, 200);
    assert.equal(response.headers.get("content-type"), "text/plain; version=0.0.4; charset=utf-8");
    assert.match(await response.text(), /^clipline_ready 1$/m);
  }
  const head = await ask("/metrics", "HEAD");
  assert.equal(head.status, 200);
  assert.equal(await head.text(), "");
  assert.equal((await ask("/metrics/x")).status, 404);
  const post = await ask("/metrics", "POST");
  assert.equal(post.status, 405);
  assert.equal(post.headers.get("allow"), "GET, HEAD");
});

Deno.test("answerScrape() says whether the server lives and is ready", async () => {
  let ready = false;
  const ask = async (path: string) =>
    (await answerScrape(new Request(`http://host${path}`), set(), () => ready)).status;
  assert.equal(await ask("/healthz/live"), 200);
  assert.equal(await ask("/healthz/ready"), 503);
  ready = true;
  assert.equal(await ask("/healthz/ready"), 200);
});

Deno.test("serveMetrics() serves over a socket until it is closed", async () => {
  const server = serveMetrics(set(), "127.0.0.1", 0, "the gateway", () => true);
  const url = `http://127.0.0.1:${server.port}`;
  assert.match(await (await fetch(url)).text(), /^clipline_ready 1$/m);
  await server.close();
  await assert.rejects(fetch(url));
});

Deno.test("serveMetrics() says which key to change when the port is in use", async () => {
  const first = serveMetrics(set(), "127.0.0.1", 0, "the gateway", () => true);
  assert.throws(
    () => serveMetrics(set(), "127.0.0.1", first.port, "executor 'clip_t'", () => true),
    (thrown) => {
      assert.ok(thrown instanceof ClipError);
      assert.equal(thrown.kind, "unavailable");
      assert.equal(
        thrown.message,
        `Port ${first.port} of 127.0.0.1 is in use: choose another 'port_monitoring' for executor 'clip_t', or leave 'monitoring' out`,
      );
      return true;
    },
  );
  await first.close();
});

Deno.test("serveMetrics() closes though a client holds a connection with half a request", async () => {
  const server = serveMetrics(set(), "127.0.0.1", 0, "the gateway", () => true);
  const client = await Deno.connect({ hostname: "127.0.0.1", port: server.port });
  await client.write(new TextEncoder().encode("GET /metrics HTTP/1.1\r\nhost: a\r\n"));
  // The server has seen it once it has answered somebody who came later.
  await (await fetch(`http://127.0.0.1:${server.port}`)).body?.cancel();
  await server.close();
  await assert.rejects(Deno.connect({ hostname: "127.0.0.1", port: server.port }));
  client.close();
});
