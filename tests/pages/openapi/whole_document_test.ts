/** The description of a server that speaks all dialects, or one. */
import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { get } from "node:http";
import { gunzipSync } from "node:zlib";
import { dialectsOf } from "../../../src/dialects/table.ts";
import type { Dialect } from "../../../src/exchange/dialect.ts";
import { APIS } from "../../../src/flow/gateway_keys.ts";
import type { OpenApiDocument } from "../../../src/pages/openapi/document.ts";
import { openGateways, type TestGatewayOptions } from "../../support/gateways.ts";

/**
 * Jina's Python clients fetch the description before their first call. Packed, it comes with the ten
 * segments that TCP sends without having heard from the other side (RFC 6928), of 1460 bytes each:
 * on one way to the client and back, however far that is.
 */
const MOST_BYTES = 10 * 1460;

/** As it is sent, and unpacked. */
async function description(options: TestGatewayOptions = {}) {
  await using gateways = await openGateways({ ...options, protocol: "http" });
  const bytes = await new Promise<Uint8Array>((resolve, reject) => {
    const headers = { "accept-encoding": "gzip", connection: "close" };
    get(`${gateways.url("http")}/openapi.json`, { headers }, (answer) => {
      const pieces: Uint8Array[] = [];
      answer.on("data", (piece: Uint8Array) => pieces.push(piece));
      answer.on("end", () => resolve(Buffer.concat(pieces)));
      answer.on("error", reject);
    }).on("error", reject);
  });
  const text = new TextDecoder().decode(gunzipSync(bytes));
  return { bytes: bytes.length, document: JSON.parse(text) as OpenApiDocument };
}

Deno.test("the description of all dialects is small on the wire", async () => {
  const { bytes } = await description();
  assert.ok(bytes <= MOST_BYTES, `${bytes} bytes`);
});

for (const apis of [APIS, ...APIS.map((name) => [name])]) {
  Deno.test(`the description of ${apis.join(", ")} holds together`, async () => {
    const { document } = await description({ gateway: [`apis: [${apis.join(", ")}]`] });
    const references = [
      ...JSON.stringify(document).matchAll(/"\$ref":"#\/components\/(\w+)\/([^"]+)"/g),
    ];
    const { components } = document as unknown as {
      components: Record<string, Record<string, unknown>>;
    };
    for (const [, kind, name] of references) {
      assert.ok(components[kind!]?.[name!], `${kind} ${name}`);
    }
    const described = new Set(document.tags.map(({ name }) => name));
    const shapes = new Set<string>();
    const ids: unknown[] = [];
    for (const [path, methods] of Object.entries(document.paths)) {
      const shape = path.replaceAll(/\{[^{}]*\}/g, "{}");
      assert.ok(!shapes.has(shape), `${path} is there in another spelling`);
      shapes.add(shape);
      const wanted = [...path.matchAll(/\{([^{}]*)\}/g)].map(([, name]) => name);
      for (const [method, operation] of Object.entries(methods)) {
        const place = `${method} ${path}`;
        const { tags, summary, parameters = [], operationId, responses } = operation as {
          tags: string[];
          summary?: string;
          parameters?: { name: string; in: string }[];
          operationId?: string;
          responses: Record<string, unknown>;
        };
        for (const tag of tags) assert.ok(described.has(tag), `${place}: ${tag}`);
        assert.ok(tags.length > 0 && summary, place);
        assert.ok(Object.keys(responses).length > 0, place);
        const inPath = parameters.filter((parameter) => parameter.in === "path");
        assert.deepEqual(inPath.map(({ name }) => name), wanted, place);
        if (operationId !== undefined) ids.push(operationId);
      }
    }
    assert.equal(new Set(ids).size, ids.length);
  });
}

Deno.test("each route of each dialect is described", async () => {
  const made: Dialect[] = [];
  const { document } = await description({
    dialects: dialectsOf(APIS).map((make) => (context) => {
      const dialect = make(context);
      made.push(dialect);
      return dialect;
    }),
  });
  const missing = made.flatMap(({ name, http }) =>
    http!.routes.filter(({ path }) => !path.endsWith("/*"))
      .filter(({ path, method }) => !document.paths[path]?.[method.toLowerCase()])
      .map(({ path, method }) => `${name}: ${method} ${path}`)
  );
  // Triton's own settings, which are refused: nobody asks for them by the description.
  assert.deepEqual(missing.filter((route) => !/ \/v2\/(trace\/setting|logging)$/.test(route)), []);
});
