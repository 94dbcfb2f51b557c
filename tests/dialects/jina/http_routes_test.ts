import assert from "node:assert/strict";
import { startTestServer } from "../../support/server.ts";

const JSON_TYPE = { "content-type": "application/json" };
const BODY = JSON.stringify({ data: [{ text: "a cat" }] });

Deno.test("the HTTP gateway's routes", async (t) => {
  const { server, url } = await startTestServer({
    gateway: [
      "apis: [jina]",
      "title: My <service>",
      "description: Of mine",
      "cors: true",
      `expose_endpoints: '{"/rank": {"http_path": "/v1/rank", "methods": ["POST", "put"],` +
      ` "summary": "Mine", "tags": ["A", "B"]}, "/foo": {}}'`,
    ],
  });
  const ask = (path: string, init: RequestInit = {}) => fetch(url + path, init);
  const post = (path: string, method = "POST") =>
    ask(path, { method, headers: JSON_TYPE, body: BODY });

  await t.step("expose_endpoints are served and described", async () => {
    for (
      const [method, path, endpoint] of [
        ["POST", "/v1/rank", "/rank"],
        ["PUT", "/v1/rank", "/rank"],
        ["POST", "/foo", "/foo"],
      ]
    ) {
      const response = await post(path!, method!);
      assert.equal(response.status, 200);
      assert.equal((await response.json()).header.execEndpoint, endpoint);
    }
    const { paths, info } = await (await ask("/openapi.json")).json();
    assert.equal(info.title, "My <service>");
    assert.equal(info.description, "Of mine");
    assert.equal(paths["/v1/rank"].put.summary, "Mine");
    assert.deepEqual(paths["/v1/rank"].post.tags, ["A", "B"]);
    assert.ok(paths["/foo"].post);
    assert.match(await (await ask("/docs")).text(), /<title>My &#60;service&#62;<\/title>/);
  });

  await t.step("every described path is served, and /default is none of them", async () => {
    const { paths } = await (await ask("/openapi.json")).json();
    assert.ok(!("/default" in paths));
    for (const [path, methods] of Object.entries<Record<string, unknown>>(paths)) {
      for (const method of Object.keys(methods)) {
        const address = path.replace("{model}", "ViT-B-32%3A%3Aopenai");
        const response = method === "get"
          ? await ask(address)
          : await post(address, method.toUpperCase());
        assert.equal(response.status, 200, `${method} ${path}`);
        await response.body?.cancel();
      }
    }
  });

  await t.step("/openapi.json is not sent again to who has it", async () => {
    const first = await ask("/openapi.json", { headers: { "accept-encoding": "identity" } });
    assert.equal(first.headers.get("content-type"), "application/json");
    assert.equal(Number(first.headers.get("content-length")), (await first.bytes()).length);
    const headers = {
      "accept-encoding": "identity",
      "if-none-match": first.headers.get("etag")!,
    };
    const second = await ask("/openapi.json", { headers });
    assert.equal(second.status, 304);
    assert.equal(await second.text(), "");
  });

  await t.step("HEAD is answered like GET, without the body", async () => {
    for (const path of ["/", "/dry_run", "/openapi.json", "/docs", "/healthz/ready"]) {
      const response = await ask(path, { method: "HEAD" });
      assert.equal(response.status, 200, path);
      assert.equal(await response.text(), "");
    }
  });

  await t.step("methods that are not served are told from those that are", async () => {
    for (
      const [path, method, allow] of [
        ["/post", "GET", "POST"],
        ["/post", "HEAD", "POST"],
        ["/dry_run", "POST", "GET, HEAD"],
        ["/openapi.json", "DELETE", "GET, HEAD"],
        ["/v1/rank", "GET", "POST, PUT"],
      ]
    ) {
      const response = await ask(path!, { method: method! });
      assert.equal(response.status, 405);
      assert.equal(response.headers.get("allow"), allow);
      await response.body?.cancel();
    }
  });

  await t.step("a slash too many leads to the path without it", async () => {
    const moved = await ask("/v1/rank/?a=1", { redirect: "manual", method: "POST", body: BODY });
    assert.equal(moved.status, 307);
    assert.equal(moved.headers.get("location"), "../rank?a=1");
    const followed = await post("/encode/");
    assert.equal(followed.status, 200);
    assert.equal((await followed.json()).header.execEndpoint, "/encode");
    for (const path of ["/nope/", "//evil.example/", "//evil.example/post/"]) {
      const response = await ask(path, { redirect: "manual" });
      assert.equal(response.status, 404, path);
      await response.body?.cancel();
    }
  });

  await t.step("other origins may read failures too", async () => {
    const headers = { ...JSON_TYPE, origin: "https://example.org" };
    for (const [path, body, status] of [["/post", "{", 422], ["/nope", "{}", 404]] as const) {
      const response = await ask(path, { method: "POST", headers, body });
      assert.equal(response.status, status);
      assert.equal(response.headers.get("access-control-allow-origin"), "*");
      assert.equal(response.headers.get("access-control-allow-credentials"), null);
      await response.body?.cancel();
    }
    const page = await ask("/openapi.json", { headers });
    assert.match(page.headers.get("vary")!, /accept-encoding/);
    await page.body?.cancel();
  });

  await t.step("headers of clients, such as Authorization, are accepted", async () => {
    const headers = { ...JSON_TYPE, authorization: "token", "jina-client": "x" };
    const response = await ask("/post", { method: "POST", headers, body: BODY });
    assert.equal((await response.json()).header.status, null);
  });

  await server.stop(5000);
});

Deno.test("no_debug_endpoints and no_crud_endpoints take their paths away, and no others", async () => {
  const { server, url } = await startTestServer({
    gateway: ["no_debug_endpoints: true", "no_crud_endpoints: true"],
  });
  const statuses: Record<string, number> = {};
  for (
    const path of [
      "GET /status",
      "POST /post",
      "POST /index",
      "POST /search",
      "PUT /update",
      "DELETE /delete",
      "POST /encode",
      "GET /dry_run",
      "GET /docs",
      "GET /openapi.json",
    ]
  ) {
    const [method, at] = path.split(" ") as [string, string];
    const init = method === "GET" ? {} : { method, headers: JSON_TYPE, body: BODY };
    const response = await fetch(url + at, init);
    statuses[path] = response.status;
    await response.body?.cancel();
  }
  const there = Object.entries(statuses).filter(([, status]) => status === 200);
  assert.deepEqual(there.map(([path]) => path), [
    "POST /encode",
    "GET /dry_run",
    "GET /docs",
    "GET /openapi.json",
  ]);
  assert.ok(Object.values(statuses).every((status) => status === 200 || status === 404));
  await server.stop(5000);
});
