/** Several dialects on one path and method, and paths with everything below them. */
import assert from "node:assert/strict";
import type { DialectMaker } from "../../src/dialects/table.ts";
import { hasKey } from "../../src/dialects/reading/json_body.ts";
import { type DataRoute, json } from "../../src/exchange/http.ts";
import { openGateways } from "../support/gateways.ts";

type Part = Pick<DataRoute, "takes" | "accepts"> & { name: string; path?: string };

/** A dialect that says its name, to what it takes. */
function named({ name, path = "/shared", ...part }: Part): DialectMaker {
  return () => ({
    name,
    http: {
      routes: [{
        kind: "data",
        method: "POST",
        path,
        ...part,
        serve: (call) => Promise.resolve(json({ name, path: call.path })),
      }],
      refuse: (error) => json({ refusedBy: name, message: error.message }, 400),
    },
  });
}

const bounds = { maxDocuments: 10, maxValues: 10 };
const wants = (key: string) => (call: Parameters<DataRoute["serve"]>[0]) =>
  hasKey(call, bounds, key);

async function ask(url: string, body: string, type = "application/json"): Promise<string> {
  const answer = await fetch(url, { method: "POST", body, headers: { "content-type": type } });
  const said = await answer.json();
  return said.name ?? `refused by ${said.refusedBy}`;
}

Deno.test("of several dialects on a path the one serves that takes the body, or else the last", async () => {
  const dialects = [
    named({ name: "a", takes: wants("a"), accepts: ["application/json"] }),
    named({ name: "b", takes: wants("b"), accepts: ["application/json"] }),
    named({ name: "form", accepts: ["multipart/form-data"] }),
  ];
  await using gateways = await openGateways({ protocol: "http", dialects });
  const url = `${gateways.url("http")}/shared`;
  assert.equal(await ask(url, '{"a": 1}'), "a");
  assert.equal(await ask(url, '{"b": 1, "x": 2}'), "b");
  assert.equal(await ask(url, '{"a": 1, "b": 1}'), "a");
  assert.equal(await ask(url, '{"c": 1}'), "b");
  assert.equal(await ask(url, "[not json"), "b");
  assert.equal(await ask(url, "--x--", "multipart/form-data; boundary=x"), "form");
  assert.equal(await ask(url, "x", "text/plain"), "refused by form");
});

Deno.test("a dialect that is left nothing of a path refuses nothing there", async () => {
  const json = ["application/json"];
  const dialects = [
    named({ name: "a", takes: wants("a"), accepts: json }),
    named({ name: "all", accepts: json }),
    named({ name: "shadowed", accepts: json }),
  ];
  await using gateways = await openGateways({ protocol: "http", dialects });
  const url = `${gateways.url("http")}/shared`;
  assert.equal(await ask(url, '{"b": 1}'), "all");
  assert.equal(await ask(url, "x", "text/plain"), "refused by all");
});

Deno.test("a path with everything below has what no path of its own has, the longest first", async () => {
  const dialects = [
    named({ name: "short", path: "/v2/*" }),
    named({ name: "long", path: "/v2/models/*" }),
    named({ name: "own", path: "/v2/models/stats" }),
  ];
  await using gateways = await openGateways({ protocol: "http", dialects });
  const url = gateways.url("http");
  assert.equal(await ask(`${url}/v2/embed`, "{}"), "short");
  assert.equal(await ask(`${url}/v2/models/m/versions/1/infer`, "{}"), "long");
  assert.equal(await ask(`${url}/v2/models/stats`, "{}"), "own");
  assert.equal(await ask(`${url}/v2/modelsx/m`, "{}"), "short");
  for (const path of ["/v2", "/v3/embed"]) {
    const answer = await fetch(url + path, { method: "POST", body: "{}" });
    await answer.body?.cancel();
    assert.equal(answer.status, 400, path); // `named` refuses so.
  }
});
