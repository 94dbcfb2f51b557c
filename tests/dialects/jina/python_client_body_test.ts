import assert from "node:assert/strict";
import { isPythonClientBody } from "../../../src/dialects/jina/python_client_body.ts";

const is = (text: string) => isPythonClientBody(new TextEncoder().encode(text));

Deno.test("isPythonClientBody(): what Jina's Python clients write, in any spacing", () => {
  assert.ok(is('{"header": {"requestId": "1", "execEndpoint": "/rerank"}, "data": []}'));
  assert.ok(is('{"header":{"request_id":"1"}}'));
  assert.ok(is('\r\n { \n\t"header" : {}}'));
});

Deno.test("isPythonClientBody(): nothing else", () => {
  for (
    const other of [
      "",
      "{",
      "[",
      '{"head',
      '{"headers": {}}',
      '{"data": [], "header": {}}',
      '["header"]',
      '"header"',
      '{"query": "header"}',
      "{'header': {}}",
      `${" ".repeat(40)}{"header": {}}`,
    ]
  ) assert.ok(!is(other), other);
});
