/** What `docs/apis.md` says of paths that several dialects have, and labels for all endpoints. */
import assert from "node:assert/strict";
import { DIALECTS } from "../../src/dialects/table.ts";
import type { HttpRoute } from "../../src/exchange/http.ts";
import { statusOf, type TabledApi } from "../../src/dialects/statuses.ts";
import type { ErrorKind } from "../../src/errors.ts";
import { APIS } from "../../src/flow/gateway_keys.ts";
import { EndpointLabels } from "../../src/telemetry/endpoint_label.ts";
import { openGateways } from "../support/gateways.ts";

/** Routes of each dialect. */
async function routesByDialect(): Promise<Map<string, readonly HttpRoute[]>> {
  const routes = new Map<string, readonly HttpRoute[]>();
  const dialects = Object.entries(DIALECTS).map(
    ([name, make]): NonNullable<typeof make> => (context) => {
      const dialect = make!(context);
      routes.set(name, dialect.http?.routes ?? []);
      return dialect;
    },
  );
  await using _gateways = await openGateways({ protocol: "http", dialects });
  return routes;
}

function readPage(): Promise<string> {
  return Deno.readTextFile(new URL("../../docs/apis.md", import.meta.url));
}

/** The rows of its table of statuses. */
const KINDS: readonly ErrorKind[] = [
  "invalid",
  "document",
  "unauthenticated",
  "not_found",
  "too_large",
  "unsupported_media",
  "rate_limited",
  "overloaded",
  "unavailable",
  "deadline",
  "backend",
];

Deno.test("docs/apis.md tells each dialect's statuses", async () => {
  const [, table = ""] = (await readPage()).split("## Statuses");
  const rows = [...table.matchAll(/^\| [^|]+\| (\d{3}[^|]*)\|/gm)].map(([, told]) => told!);
  assert.equal(rows.length, KINDS.length);
  for (const [i, told] of rows.entries()) {
    const [general = "", ...exceptions] = told.split(";");
    const statuses = new Map<string, number>();
    for (const exception of exceptions) {
      const status = Number(/\d{3}/.exec(exception));
      for (const [, api] of exception.matchAll(/`(\w+)`/g)) statuses.set(api!, status);
    }
    for (const api of APIS) {
      if (api === "jina") continue;
      const expected = statusOf(KINDS[i]!, api as TabledApi);
      assert.equal(
        statuses.get(api) ?? Number(general.slice(0, 3)),
        expected,
        `${KINDS[i]} ${api}`,
      );
    }
  }
});

Deno.test("docs/apis.md has every path that several dialects have, in the order of asking", async () => {
  const shared = new Map<string, string[]>();
  for (const [name, routes] of await routesByDialect()) {
    for (const { method, path } of routes) {
      const key = `${method} ${path}`;
      shared.set(key, [...shared.get(key) ?? [], name]);
    }
  }
  const wanted = [...shared].filter(([, names]) => names.length > 1).map(([key, names]) =>
    `${key}: ${names.join(", ")}`
  );
  const page = await readPage();
  const [, table = ""] = page.split("<!-- shared paths -->");
  const told = [...table.matchAll(/^\| `([A-Z]+ \/\S*)` +\| ([a-z, ]+?) +\|/gm)]
    .map(([, key, names]) => `${key}: ${names}`);
  assert.deepEqual(told.sort(), wanted.sort());
});

Deno.test("every path that takes bodies has a label of its own in the metrics", async () => {
  const labels = new EndpointLabels();
  for (const [name, routes] of await routesByDialect()) {
    for (const { kind, path } of routes) {
      if (kind !== "data" || path.endsWith("/*") || path === "/post") continue;
      assert.notEqual(labels.of(path), "other", `${name}: ${path}`);
    }
  }
});
