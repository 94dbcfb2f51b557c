/** Requests of Jina's Python clients on the paths of other dialects, where the description leads them. */
import assert from "node:assert/strict";
import { DIALECTS } from "../../src/dialects/table.ts";
import { json } from "../../src/exchange/http.ts";
import { openGateways } from "../support/gateways.ts";

/** As jina 3.23 writes it. */
const JINA_BODY = JSON.stringify({
  header: { requestId: "r", execEndpoint: "/whatever", targetExecutor: "" },
  parameters: {},
  routes: [],
  data: [{ id: "d", text: "hello" }],
  exec_endpoint: "/whatever",
});
const EMBEDDING = [5, 1, 2, 3];
/** One ranks, the other takes no body. */
const NOT_EMBEDDED = new Set(["/rank", "/v2/repository/index"]);

function post(url: string, body: string, type = "application/json"): Promise<Response> {
  return fetch(url, { method: "POST", headers: { "content-type": type }, body });
}

Deno.test("every described path takes the bodies of Jina's Python clients", async () => {
  await using gateways = await openGateways({ protocol: "http" });
  const url = gateways.url("http");
  const { paths } = await (await fetch(`${url}/openapi.json`)).json();
  const described = Object.keys(paths).filter((path) =>
    "post" in paths[path] && !path.includes("{") && !NOT_EMBEDDED.has(path)
  );
  assert.ok(described.includes("/post"));
  assert.ok(!described.includes("/default"), "they would send everything there");
  for (const path of described) {
    const answer = await (await post(url + path, JINA_BODY)).json();
    assert.deepEqual(answer.data?.[0]?.embedding, EMBEDDING, `${path}: ${JSON.stringify(answer)}`);
  }
});

Deno.test("a dialect's own bodies stay its own, and so does what Jina has no route for", async () => {
  const other = () => ({
    name: "other",
    http: {
      routes: [
        ...["/other", "/encode"].map((path) => ({
          kind: "data" as const,
          method: "POST",
          path,
          serve: () => Promise.resolve(json("mine")),
        })),
        { kind: "info" as const, method: "POST", path: "/told", respond: () => json("told") },
      ],
      refuse: () => json("no", 400),
    },
  });
  await using gateways = await openGateways({
    protocol: "http",
    dialects: [DIALECTS.jina!, other],
  });
  const url = gateways.url("http");
  const said = async (path: string, body: string, type?: string) =>
    await (await post(url + path, body, type)).json();
  assert.equal(await said("/other", '{"data": [{"text": "hello"}]}'), "mine");
  assert.equal(await said("/other", "no json"), "mine");
  assert.equal(await said("/other", JINA_BODY, "text/plain"), "mine");
  assert.deepEqual((await said("/other", JINA_BODY)).data[0].embedding, EMBEDDING);
  assert.deepEqual((await said("/encode", JINA_BODY)).header.execEndpoint, "/encode");
  assert.equal(await said("/told", JINA_BODY), "told");
  const nowhere = await post(`${url}/nowhere`, JINA_BODY);
  assert.equal(nowhere.status, 404);
  await nowhere.body?.cancel();
});

Deno.test("no_debug_endpoints: without /post there is no path for an endpoint without a name", async () => {
  await using gateways = await openGateways({
    protocol: "http",
    gateway: ["no_debug_endpoints: true"],
  });
  const answer = await post(`${gateways.url("http")}/v1/embeddings`, JINA_BODY);
  assert.notEqual(answer.status, 200);
  await answer.body?.cancel();
});
