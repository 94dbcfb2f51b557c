import assert from "node:assert/strict";
import { ClipError, type ErrorKind } from "../../../src/errors.ts";
import { responseOf } from "../../support/http_exchange.ts";
import { failure } from "../../../src/dialects/jina/http_answers.ts";

const REQUEST = {
  requestId: "r1",
  execEndpoint: "/encode",
  parameters: { a: 1 },
  docs: [{ id: "d", text: "long" }],
};

/**
 * What a Python client raises for an answer: `handle_response_status` of jina/clients/base/helper.py
 * (3.15 and later); earlier ones raise ValueError for all but 404.
 */
async function raisedByJinaClient(response: Response): Promise<string> {
  const body = await response.json();
  const { status } = response;
  if (status === 404) return "BadClient";
  if (status === 503 || status === 504) {
    return "description" in (body.header?.status ?? {})
      ? `ConnectionError: ${body.header.status.description}`
      : "ValueError";
  }
  return status < 200 || status > 300 ? "ValueError" : "nothing";
}

Deno.test("failure() makes Python clients raise what the original made them raise", async () => {
  const cases: [ErrorKind, number, RegExp][] = [
    ["overloaded", 503, /^ConnectionError: BlockingIOError\('why'\)$/],
    ["unavailable", 503, /^ConnectionError: ConnectionError\('why'\)$/],
    ["deadline", 504, /^ConnectionError: TimeoutError\('why'\)$/],
    ["model", 500, /^ValueError$/],
    ["not_found", 404, /^BadClient$/],
    ["invalid", 422, /^ValueError$/],
    ["too_large", 413, /^ValueError$/],
    ["unsupported_media", 415, /^ValueError$/],
    ["cancelled", 499, /^ValueError$/],
  ];
  for (const [kind, status, raised] of cases) {
    for (const request of [undefined, REQUEST]) {
      const response = responseOf(failure(new ClipError(kind, "why"), request));
      assert.equal(response.status, status, kind);
      assert.equal(response.headers.get("content-type"), "application/json");
      assert.equal(response.headers.get("retry-after"), status === 503 ? "1" : null);
      assert.match(await raisedByJinaClient(response), raised);
    }
  }
});

Deno.test("failure() gives back what it knows of the request, but not its documents", async () => {
  const known = await responseOf(failure(new ClipError("deadline", "late"), REQUEST)).json();
  assert.deepEqual(Object.keys(known), ["header", "parameters", "routes", "data"]);
  assert.equal(known.header.requestId, "r1");
  assert.equal(known.header.execEndpoint, "/encode");
  assert.equal(known.header.status.code, 1);
  assert.equal(known.header.status.exception.name, "TimeoutError");
  assert.deepEqual(known.parameters, { a: 1 });
  assert.deepEqual(known.data, []);
  const unknown = await responseOf(failure(new ClipError("overloaded", "full"))).json();
  assert.equal(unknown.header.requestId, "");
  assert.deepEqual(unknown.parameters, {});
});
