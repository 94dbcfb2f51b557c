/** Where an indexer is found: HTTP's routes, gRPC's discovery, what the server tells of it. */
import assert from "node:assert/strict";
import { INDEX_OPERATIONS } from "../../../../src/dialects/jina/indexing/operation.ts";
import { ClipError } from "../../../../src/errors.ts";
import { openGateways, type TestGatewayOptions } from "../../../support/gateways.ts";
import { GrpcClient } from "../../../support/grpc_client.ts";
import { memoryIndexer, type MemoryIndexerOptions } from "../../../support/memory_indexer.ts";

async function open(options: TestGatewayOptions = {}, indexer: MemoryIndexerOptions = {}) {
  const indexers = [await memoryIndexer({ columns: { n: "int" }, ...indexer })];
  const gateways = await openGateways({ protocol: "http", indexers, ...options });
  const ask = (route: string, body: unknown = {}, headers: Record<string, string> = {}) => {
    const [method, path] = route.split(" ");
    return fetch(gateways.url("http") + path, {
      method: method!,
      headers: { "content-type": "application/json", ...headers },
      ...(method === "GET" ? {} : { body: JSON.stringify(body) }),
    });
  };
  return { gateways, ask };
}

const DOCS = { data: [{ id: "a", text: "a", tags: { n: 1 } }] };

Deno.test("each operation has a route of its own, with a model's name behind it too", async () => {
  const { gateways, ask } = await open();
  await using _ = gateways;
  const routes = INDEX_OPERATIONS.flatMap((name) => [`POST /${name}`, `POST /${name}/any`]);
  for (const route of [...routes, "PUT /update", "DELETE /delete", "POST /index/fake"]) {
    await (await ask("POST /index", DOCS)).body?.cancel();
    const answer = await ask(route, DOCS);
    const { header } = await answer.json();
    assert.equal(answer.status, 200, route);
    assert.equal(header.status, null, `${route}: ${JSON.stringify(header.status)}`);
    assert.equal(header.execEndpoint, route.split(" ")[1]);
  }
  const found = await (await ask("POST /search/fake", { data: [{ text: "a" }] })).json();
  assert.equal(found.data[0].matches[0].id, "a");
});

Deno.test("expose_endpoints and /post lead to an indexer", async () => {
  const { gateways, ask } = await open({
    gateway: [`expose_endpoints: {"/search": {"http_path": "/v1/find"}}`],
  });
  await using _ = gateways;
  await (await ask("POST /post", { ...DOCS, execEndpoint: "/index" })).body?.cancel();
  const { data } = await (await ask("POST /v1/find", { data: [{ text: "a" }] })).json();
  assert.equal(data[0].matches[0].id, "a");
  const { paths } = await (await ask("GET /openapi.json")).json();
  assert.deepEqual(paths["/v1/find"].post.requestBody, {
    $ref: "#/components/requestBodies/search",
  });
});

Deno.test("no_crud_endpoints takes all of an indexer's paths away", async () => {
  const { gateways, ask } = await open({ gateway: ["no_crud_endpoints: true"] });
  await using _ = gateways;
  for (const name of INDEX_OPERATIONS) {
    const answer = await ask(`POST /${name}`, DOCS);
    assert.equal(answer.status, name === "status" ? 405 : 404, name);
    await answer.body?.cancel();
  }
  const answer = await ask("POST /post", { ...DOCS, execEndpoint: "/index" });
  assert.equal((await answer.json()).header.status, null);
});

Deno.test("with keys, nothing of an indexer is served without one", async () => {
  const key = "sk-0123456789abcdef";
  const { gateways, ask } = await open({ gateway: [`api_keys: [${key}]`] });
  await using _ = gateways;
  const routes = INDEX_OPERATIONS.map((name) => `POST /${name}`);
  for (const route of [...routes, "PUT /update", "DELETE /delete", "GET /status"]) {
    const refused = await ask(route, DOCS);
    assert.equal(refused.status, 401, route);
    await refused.body?.cancel();
    const served = await ask(route, DOCS, { authorization: `Bearer ${key}` });
    assert.equal(served.status, 200, route);
    await served.body?.cancel();
  }
});

Deno.test("GET /status tells of indexers, also of one that does not answer", async () => {
  const { gateways, ask } = await open();
  await using _ = gateways;
  await (await ask("POST /index", DOCS)).body?.cancel();
  const { indexers, executors } = await (await ask("GET /status")).json();
  assert.equal(executors.length, 1);
  assert.deepEqual(indexers, [{
    name: "indexer",
    encoder: "clip_t",
    engine: "memory",
    dimensions: 4,
    metric: "cosine",
    columns: { n: "int" },
    waiting: 0,
    documents: 1,
    pending: 0,
  }]);

  const status = () => Promise.reject(new ClipError("unavailable", "/var/lib/index is gone"));
  const broken = await open({}, { instead: () => ({ status }) });
  await using __ = broken.gateways;
  const { indexers: [told] } = await (await broken.ask("GET /status")).json();
  assert.equal(told.documents, null);
  assert.equal(told.error, "index is gone");
});

Deno.test("endpoint_discovery names what an indexer has", async () => {
  for (const indexers of [[], [await memoryIndexer()]]) {
    await using gateways = await openGateways({ indexers });
    const client = new GrpcClient(gateways.url("grpc"));
    try {
      const path = "/jina.JinaDiscoverEndpointsRPC/endpoint_discovery";
      const text = new TextDecoder().decode(await client.unary(path));
      for (const name of INDEX_OPERATIONS) {
        assert.equal(text.includes(`/${name}`), indexers.length > 0, name);
      }
      assert.match(text, /\/encode/);
    } finally {
      client.close();
    }
  }
});
