import assert from "node:assert/strict";
import fc from "fast-check";
import type { BodyBounds } from "../../../src/dialects/reading/body_size.ts";
import { hasKey, jsonBody } from "../../../src/dialects/reading/json_body.ts";
import type { HttpCall } from "../../../src/exchange/http.ts";

const MANY: BodyBounds = { maxDocuments: 1e6, maxValues: 1e7 };

function call(body: string | Uint8Array, grow?: (bytes: number) => void): HttpCall {
  return {
    method: "POST",
    path: "/",
    query: "",
    header: () => undefined,
    signal: new AbortController().signal,
    body: typeof body === "string" ? new TextEncoder().encode(body) : body,
    watch: { read() {}, answered() {} },
    explain: (thrown) => thrown as never,
    ...(grow ? { grow } : {}),
  };
}

Deno.test("jsonBody() is what JSON.parse gives, of small bodies", async () => {
  await fc.assert(fc.asyncProperty(fc.json(), async (text) => {
    assert.deepEqual(await jsonBody(call(text), MANY), JSON.parse(text));
  }));
});

Deno.test("jsonBody() is what JSON.parse gives, of bodies that are read in slices", async () => {
  const large = {
    input: Array.from({ length: 60_000 }, (_, i) => `a text with "quotes", ü and number ${i}`),
    nested: { list: [[1, 2.5e-3], [{ __proto__x: null }], "x".repeat(400_000)] },
  };
  const text = `  \n${JSON.stringify(large)} `;
  const read = await jsonBody(call(text), MANY) as typeof large;
  assert.equal(JSON.stringify(read), JSON.stringify(large));
});

Deno.test("jsonBody() sets no prototype", async () => {
  const long = "x".repeat(9_000_000);
  for (const text of ['{"__proto__": {"a": 1}}', `{"__proto__": {"a": 1}, "long": "${long}"}`]) {
    const read = await jsonBody(call(text), MANY) as Record<string, unknown>;
    assert.equal(read["a"], undefined);
    assert.equal(Object.getPrototypeOf(read), Object.prototype);
  }
});

Deno.test("jsonBody() says what is wrong with a body and where", async () => {
  const reason = async (body: string | Uint8Array) => {
    try {
      await jsonBody(call(body), MANY);
    } catch (thrown) {
      return (thrown as Error).message;
    }
  };
  const padding = `"${"x".repeat(9_000_000)}"`;
  assert.equal(
    await reason('{"input": tru}'),
    "The body is not JSON: Expecting value: line 1 column 11 (char 10)",
  );
  assert.match((await reason(`[${padding}, tru]`))!, /^The body is not JSON: Expecting value/);
  assert.match((await reason(`[${padding}] x`))!, /^The body is not JSON: Extra data/);
  assert.match((await reason(""))!, /^The body is not JSON: Expecting value/);
  assert.match((await reason(Uint8Array.of(0x22, 0xff, 0x22)))!, /UTF-8/);
  assert.match((await reason("[".repeat(65) + "]".repeat(65)))!, /nested deeper than 64/);
  assert.match((await reason("[".repeat(100_000)))!, /Expecting value|nested deeper/);
  assert.match((await reason(`[${padding},${"[".repeat(65)}${"]".repeat(65)}]`))!, /nested deeper/);
});

Deno.test("jsonBody() stops at more values than may be, and tells what it keeps", async () => {
  const few = { maxDocuments: 1, maxValues: 10 };
  const list = (count: number) => `[${Array(count).fill("1").join(",")}]`;
  assert.equal((await jsonBody(call(list(20)), few) as unknown[]).length, 20);
  await assert.rejects(jsonBody(call(list(21)), few), { kind: "too_large" });
  await assert.rejects(jsonBody(call(list(200_000)), few), { kind: "too_large" });
  let kept = 0;
  await jsonBody(call(list(10), (bytes) => kept += bytes), few);
  assert.ok(kept > 10, String(kept));
});

Deno.test("jsonBody() reads a body once, whoever asks", async () => {
  let kept = 0;
  const once = call('{"a": 1}', () => kept++);
  assert.equal(await hasKey(once, MANY, "a"), true);
  assert.equal(await hasKey(once, MANY, "b"), false);
  assert.equal(await jsonBody(once, MANY), await jsonBody(once, MANY));
  assert.equal(kept, 1);
  for (const body of ["[]", "null", "3", "nonsense", '"a"']) {
    assert.equal(await hasKey(call(body), MANY, "a"), false, body);
  }
});
