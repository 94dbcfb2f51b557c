import assert from "node:assert/strict";
import { ClipClientError } from "../../../client/errors.ts";
import { encodeRequestJson } from "../../../client/wire/json_request.ts";
import { decodeResponseJson } from "../../../client/wire/json_response.ts";
import { resultDocument } from "../../../client/wire/result_document.ts";

/** As clip_server 0.8.4 writes one, shortened. */
const RANKED =
  `{"header":{"requestId":"79765866","status":null,"execEndpoint":"/rank","targetExecutor":""},
"parameters":{},"routes":[{"executor":"gateway","startTime":"2026-11-22T21:25:15.473292+00:00",
"endTime":"2026-11-22T21:25:15.489853+00:00","status":null}],"data":[{"id":"q","parent_id":null,
"granularity":null,"blob":null,"tensor":null,"mime_type":"text/plain","text":"query","weight":null,
"uri":null,"tags":{"n":1},"embedding":[-0.93,0.22,0.5],"scores":null,"chunks":null,"matches":[{
"id":"m1","adjacency":1,"text":"one","blob":"AQID","embedding":null,"scores":{"clip_score":{
"value":0.75,"op_name":"softmax","description":null,"ref_id":null}},"matches":null}]}]}`;

Deno.test("an answer of clip_server is read", () => {
  const { docs, routes, status } = decodeResponseJson(RANKED);
  assert.equal(status, undefined);
  assert.equal(Math.round(routes[0]!.endTime! - routes[0]!.startTime), 16);
  const result = resultDocument(docs[0]!);
  assert.deepEqual(result, {
    id: "q",
    text: "query",
    mimeType: "text/plain",
    tags: { n: 1 },
    embedding: Float32Array.of(-0.93, 0.22, 0.5),
    matches: [{
      id: "m1",
      text: "one",
      blob: Uint8Array.of(1, 2, 3),
      scores: { clip_score: { value: 0.75, opName: "softmax" } },
    }],
  });
});

Deno.test("a status in the header is a failure; what is no answer is told", () => {
  const status = { code: 1, description: "ValueError('x')", exception: { name: "ValueError" } };
  const { status: read } = decodeResponseJson(JSON.stringify({ header: { status }, data: [] }));
  assert.equal(read!.description, "ValueError('x')");
  for (const text of ["", "[]", "null", "{}", '{"data": {}}', "<html>", "5"]) {
    assert.throws(
      () => decodeResponseJson(text),
      (thrown) => thrown instanceof ClipClientError && thrown.kind === "protocol",
      text,
    );
  }
});

Deno.test("a request has its header first, and of documents only what they have", () => {
  const text = encodeRequestJson({
    requestId: "r",
    execEndpoint: "/encode",
    parameters: { a: 1 },
    docs: [
      { id: "x", blob: Uint8Array.of(1, 2, 3), matches: [{ id: "y", text: "z", adjacency: 1 }] },
      {
        id: "p",
        tensor: {
          buffer: Uint8Array.from({ length: 12 }, (_, i) => i),
          shape: [2, 2, 3],
          dtype: "|u1",
          clsName: "numpy",
        },
      },
    ],
  });
  assert.ok(text.startsWith('{"header":'));
  assert.deepEqual(JSON.parse(text), {
    header: { requestId: "r" },
    execEndpoint: "/encode",
    parameters: { a: 1 },
    data: [
      { id: "x", blob: "AQID", matches: [{ id: "y", text: "z", adjacency: 1 }] },
      { id: "p", tensor: [[[0, 1, 2], [3, 4, 5]], [[6, 7, 8], [9, 10, 11]]] },
    ],
  });
});
