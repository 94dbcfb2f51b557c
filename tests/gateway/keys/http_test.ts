import assert from "node:assert/strict";
import { connect } from "node:net";
import { openGateways, type TestGatewayOptions } from "../../support/gateways.ts";
import { FakeClock } from "../../support/fake_clock.ts";
import { LogLines } from "../../support/log_lines.ts";
import { requestLog } from "../../../src/telemetry/request_log.ts";
import { settle } from "../../support/turns.ts";

const KEY = "the-key-0123456789abcdef";
const OTHER = "another-0123456789abcdef";

const open = (keys: string, options: TestGatewayOptions = {}) =>
  openGateways({
    protocol: "http",
    ...options,
    gateway: [`api_keys: ${keys}`, ...options.gateway ?? []],
  });

function post(url: string, headers: Record<string, string>, texts = ["hello"]) {
  return fetch(`${url}/post`, {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body: JSON.stringify({ data: texts.map((text) => ({ text })), execEndpoint: "/" }),
  });
}

const bearer = (key = KEY) => ({ authorization: `Bearer ${key}` });

Deno.test("documents are taken with a key, in any of the headers, and with none are not", async () => {
  await using gateways = await open(`[${KEY}, ${OTHER}]`);
  const url = gateways.url("http");
  for (const headers of [bearer(), bearer(OTHER), { "x-api-key": KEY }, { "api-key": KEY }]) {
    const answer = await post(url, headers as Record<string, string>);
    assert.equal(answer.status, 200);
    assert.deepEqual((await answer.json()).data[0].embedding, [5, 1, 2, 3]);
  }
  const calls = gateways.encoder.calls;
  for (const headers of [{}, bearer(`${KEY}x`), { "x-api-key": "x" }, { cookie: KEY }]) {
    const answer = await post(url, headers as Record<string, string>);
    assert.equal(answer.status, 401);
    assert.equal(answer.headers.get("www-authenticate"), "Bearer");
    const { detail } = await answer.json();
    assert.match(detail, "authorization" in headers ? /is not known/ : /API key/);
  }
  assert.equal((await post(`${url}/post?api_key=${KEY}&x=`, {})).status, 401);
  assert.equal(gateways.encoder.calls, calls);
});

Deno.test("a dialect refuses in its own manner who has no key, and whose key is used up", async () => {
  await using gateways = await open(`{key: ${KEY}, name: search, rate: 1}`, {
    clock: new FakeClock(),
  });
  const embed = (headers: Record<string, string>) =>
    fetch(`${gateways.url("http")}/v1/embeddings`, {
      method: "POST",
      headers: { "content-type": "application/json", ...headers },
      body: JSON.stringify({ input: "hello" }),
    });
  const unknown = await embed(bearer("sk-none"));
  assert.equal(unknown.status, 401);
  assert.equal(unknown.headers.get("www-authenticate"), "Bearer");
  assert.match((await unknown.json()).error.message, /API key is not known/);
  assert.equal((await embed(bearer())).status, 200);
  const used = await embed(bearer());
  assert.equal(used.status, 429);
  assert.equal(used.headers.get("retry-after"), "1");
  assert.match((await used.json()).error.message, /1 documents a second/);
});

Deno.test("without api_keys nobody is asked", async () => {
  await using gateways = await openGateways({ protocol: "http" });
  assert.equal((await post(gateways.url("http"), {})).status, 200);
});

Deno.test("health and pages are told without a key; the state, and what there is, are not", async () => {
  await using gateways = await open(KEY);
  const url = gateways.url("http");
  const status = async (path: string, headers = {}, method = "GET") => {
    const answer = await fetch(url + path, { headers, method, redirect: "manual" });
    await answer.body?.cancel();
    return answer.status;
  };
  for (
    const path of [
      "/healthz/live",
      "/healthz/ready",
      "/dry_run",
      "/v2/health/live",
      "/v2/health/ready",
      "/.well-known/live",
      "/health",
      "/ping",
      "/",
      "/docs",
      "/docs/start.js",
      "/openapi.json",
      "/playground/app.js",
      "/playground/samples/samples.json",
    ]
  ) {
    const told = path === "/.well-known/live" ? 204 : 200;
    assert.equal(await status(path), told, path);
    assert.equal(await status(path, bearer("wrong")), told, path);
  }
  for (
    const path of [
      "/status",
      "/nowhere",
      "/status/",
      "/post",
      "/encode/x",
      "//",
      "/v1/models",
      "/v2",
    ]
  ) {
    assert.equal(await status(path), 401, path);
  }
  assert.equal(await status("/status", bearer()), 200);
  assert.equal(await status("/nowhere", bearer()), 404);
  assert.equal(await status("/post", bearer()), 405);
  assert.equal(await status("/docs", {}, "DELETE"), 401);
  assert.equal(await status("/healthz/live", {}, "HEAD"), 200);
});

Deno.test("a preflight needs no key, and a page may read why it was refused", async () => {
  await using gateways = await open(KEY, { gateway: ["cors: [https://a.example]"] });
  const url = gateways.url("http");
  const origin = "https://a.example";
  const preflight = await fetch(`${url}/post`, {
    method: "OPTIONS",
    headers: {
      origin,
      "access-control-request-method": "POST",
      "access-control-request-headers": "authorization",
    },
  });
  assert.equal(preflight.status, 204);
  assert.equal(preflight.headers.get("access-control-allow-headers"), "authorization");
  const refused = await post(url, { origin });
  assert.equal(refused.status, 401);
  assert.equal(refused.headers.get("access-control-allow-origin"), origin);
  await refused.body?.cancel();
});

Deno.test("the body of a request without a key is not read", async () => {
  await using gateways = await open(KEY);
  const { hostname, port } = new URL(gateways.url("http"));
  const socket = connect(Number(port), hostname);
  let answer = "";
  socket.on("data", (piece) => answer += piece);
  socket.write(
    "POST /post HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n" +
      "Content-Length: 1000000000\r\n\r\n{",
  );
  await settle(() => answer.includes("\r\n\r\n"));
  assert.match(answer, /^HTTP\/1\.1 401 /);
  assert.equal(gateways.bytes.held, 0);
  socket.destroy();
});

Deno.test("a request over its key's rate gets 429 and when to come again; others do not wait", async () => {
  const clock = new FakeClock();
  await using gateways = await open(
    `[{key: ${KEY}, name: search, rate: 2, burst: 4}, ${OTHER}]`,
    { clock },
  );
  const url = gateways.url("http");
  const many = ["a", "b", "c"];
  assert.equal((await post(url, bearer(), many)).status, 200);
  const refused = await post(url, bearer(), many);
  assert.equal(refused.status, 429);
  assert.equal(refused.headers.get("retry-after"), "1");
  assert.match((await refused.json()).detail, /'search' may send 2 documents a second/);
  assert.equal((await post(url, bearer(OTHER), many)).status, 200);
  clock.advance(1000);
  assert.equal((await post(url, bearer(), many)).status, 200);
  const unread = await post(url, bearer(), ["a"]);
  assert.equal(unread.status, 429);
  await unread.body?.cancel();
});

Deno.test("a key has no more inside than its share of the queue", async () => {
  await using gateways = await open(`[{key: ${KEY}, name: bulk, share: 0.02}, ${OTHER}]`);
  const url = gateways.url("http");
  gateways.encoder.held = true;
  const inside = post(url, bearer(), ["a", "b"]);
  await settle(() => gateways.encoder.inside === 1);
  const refused = await post(url, bearer(), ["c"]);
  assert.equal(refused.status, 429);
  assert.equal(refused.headers.get("retry-after"), "1");
  assert.match((await refused.json()).detail, /'bulk' has 2 documents inside and may have 2/);
  const other = post(url, bearer(OTHER), ["d"]);
  await settle(() => gateways.encoder.inside === 2);
  gateways.encoder.held = false;
  gateways.encoder.release();
  assert.equal((await inside).status, 200);
  assert.equal((await other).status, 200);
  assert.equal((await post(url, bearer(), ["c"])).status, 200);
});

Deno.test("the log names the key, and holds none", async () => {
  const lines = new LogLines("DEBUG");
  const { observer } = requestLog(lines.log, { accessLog: true });
  await using gateways = await open(`[{key: ${KEY}, name: search, rate: 1}]`, {
    log: lines.log,
    observer,
  });
  const url = gateways.url("http");
  for (const headers of [bearer(), bearer(), bearer(OTHER), {}]) {
    await (await post(url, headers as Record<string, string>)).body?.cancel();
  }
  const status = await fetch(`${url}/status`, { headers: { "x-api-key": KEY } });
  assert.ok(!(await status.text()).includes(KEY));
  await (await fetch(`${url}/status`)).body?.cancel();
  const access = lines.of("access").map(({ message, key, outcome, status }) =>
    [message, key, outcome, status].join(" ")
  );
  assert.deepEqual(access, [
    "POST /post search ok 200",
    "POST /post search rate_limited 429",
    "POST /post  unauthenticated 401",
    "POST /post  unauthenticated 401",
    "GET /status search  200",
    "GET /status   401",
  ]);
  assert.equal(lines.of("request")[0]!["key"], "search");
  const all = lines.texts.join("\n");
  for (const key of [KEY, OTHER]) assert.ok(!all.includes(key));
});
