import assert from "node:assert/strict";
import { openGateways } from "../../support/gateways.ts";
import { post } from "./ask.ts";

// The encoder of these tests embeds a text as [its length, 1, 2, 3].
const raw = { normalize: false };

function unit(values: number[]): number[] {
  const norm = Math.hypot(...values);
  return values.map((value) => value / norm);
}

function near(found: number[][], wanted: number[][]): void {
  assert.deepEqual(
    found.map((row) => row.map((value) => value.toFixed(5))),
    wanted.map((row) => row.map((value) => value.toFixed(5))),
  );
}

Deno.test("a text and a list of texts become a list of vectors of length 1, or as the model gives them", async () => {
  await using gateways = await openGateways({ protocol: "http" });
  const url = gateways.url("http");
  const vectors = [unit([3, 1, 2, 3]), unit([2, 1, 2, 3])];
  for (const path of ["/embed", "/", "/invocations"]) {
    near((await post(url + path, { inputs: ["one", "to"] })).value, vectors);
    near((await post(url + path, { inputs: "one" })).value, vectors.slice(0, 1));
  }
  const nulls = {
    truncate: null,
    truncation_direction: null,
    prompt_name: null,
    normalize: null,
    dimensions: null,
  };
  near((await post(`${url}/embed`, { inputs: "one", ...nulls })).value, vectors.slice(0, 1));
  const more = { parameters: { a: 1 }, model: "y" };
  near((await post(`${url}/embed`, { inputs: "one", ...more })).value, vectors.slice(0, 1));
  near((await post(`${url}/embed`, { inputs: "one", ...raw })).value, [[3, 1, 2, 3]]);
});

Deno.test("dimensions cut vectors, which have length 1 after it; 0 is all", async () => {
  await using gateways = await openGateways({ protocol: "http" });
  const url = `${gateways.url("http")}/embed`;
  near((await post(url, { inputs: "one", dimensions: 2 })).value, [unit([3, 1])]);
  near((await post(url, { inputs: "one", dimensions: 0 })).value, [unit([3, 1, 2, 3])]);
  near((await post(url, { inputs: "one", dimensions: 2, ...raw })).value, [[3, 1]]);
  const { status, value } = await post(url, { inputs: "one", dimensions: 5 });
  assert.equal(status, 422);
  assert.deepEqual(value, {
    error: "`dimensions` is 5: it should be positive and less than or equal to 4",
    error_type: "Validation",
  });
});

Deno.test("a list may hold as many texts as the flow says", async () => {
  const lines = ["max_client_batch_size: 3"];
  await using gateways = await openGateways({ protocol: "http", gateway: lines });
  const url = gateways.url("http");
  assert.equal((await post(`${url}/embed`, { inputs: ["a", "b", "c"] })).status, 200);
  const texts = ["a", "b", "c", "d"];
  const bodies: [string, unknown][] = [
    ["/embed", { inputs: texts }],
    ["/similarity", { inputs: { source_sentence: "a", sentences: texts } }],
    ["/rerank", { query: "a", texts }],
    ["/tokenize", { inputs: texts }],
    ["/decode", { ids: [[1], [2], [3], [4]] }],
    ["/vertex", { instances: texts.map((inputs) => ({ inputs })) }],
    ["/vertex", { instances: [{ inputs: texts }] }],
  ];
  for (const [path, body] of bodies) {
    const { status, value } = await post(url + path, body);
    assert.equal(status, 422, path);
    assert.equal(value.error_type, "Validation");
    assert.match(value.error, /^batch size 4 > maximum allowed batch size 3 /);
  }
});

Deno.test("nothing to embed is refused as Empty", async () => {
  await using gateways = await openGateways({ protocol: "http" });
  const url = gateways.url("http");
  const bodies: [string, unknown][] = [
    ["/embed", { inputs: [] }],
    ["/embed", { inputs: "" }],
    ["/embed", { inputs: ["a", ""] }],
    ["/embed", { inputs: [[]] }],
    ["/similarity", { inputs: { source_sentence: "a", sentences: [] } }],
    ["/similarity", { inputs: { source_sentence: "", sentences: ["a"] } }],
    ["/rerank", { query: "a", texts: [] }],
    ["/rerank", { query: "", texts: ["a"] }],
    ["/tokenize", { inputs: [] }],
    ["/tokenize", { inputs: "" }],
    ["/decode", { ids: [] }],
    ["/decode", { ids: [[]] }],
    ["/vertex", { instances: [] }],
  ];
  for (const [path, body] of bodies) {
    const { status, value } = await post(url + path, body);
    assert.equal(status, 400, JSON.stringify(body));
    assert.equal(value.error_type, "Empty");
    assert.match(value.error, /^`[a-z_.]+` cannot be empty$/);
  }
});

Deno.test("a long text is cut at its end or beginning, or refused, as the client asks", async () => {
  await using gateways = await openGateways({ protocol: "http" });
  const url = `${gateways.url("http")}/embed`;
  const long = `${"one ".repeat(100)}two`;
  const length = async (body: Record<string, unknown>) =>
    (await post(url, { inputs: long, ...raw, ...body })).value[0][0];
  // Whole: the model's own tokenizer cuts it.
  assert.equal(await length({}), long.length);
  assert.equal(await length({ truncate: true, truncation_direction: "right" }), long.length);
  const last = `${"one ".repeat(74)}two`;
  for (const truncation_direction of ["left", "Left"]) {
    assert.equal(await length({ truncation_direction }), last.length);
  }
  const fits = { inputs: last, truncate: false, truncation_direction: "left", ...raw };
  assert.equal((await post(url, fits)).value[0][0], last.length);
  const { status, value } = await post(url, { inputs: ["a", long], truncate: false });
  assert.equal(status, 422);
  assert.equal(value.error_type, "Validation");
  assert.match(
    value.error,
    /^'inputs\[1\]' is longer than the model reads: .* more than 77 tokens/,
  );
});

Deno.test("a prompt is refused: there are none", async () => {
  await using gateways = await openGateways({ protocol: "http" });
  for (const path of ["/embed", "/tokenize"]) {
    const { status, value } = await post(gateways.url("http") + path, {
      inputs: "a",
      prompt_name: "query",
    });
    assert.equal(status, 422);
    assert.equal(value.error_type, "Validation");
    assert.match(value.error, /^`prompt_name` is 'query', but the model has no prompts/);
  }
});

Deno.test("ids are taken as /tokenize gives them, and no others", async () => {
  await using gateways = await openGateways({ protocol: "http" });
  const url = gateways.url("http");
  const [tokens] = (await post(`${url}/tokenize`, { inputs: "A Photo, &amp; 3 cats" })).value;
  const ids = tokens.map(({ id }: { id: number }) => id);
  const length = "a photo , & 3 cats".length;
  assert.equal((await post(`${url}/embed`, { inputs: ids, ...raw })).value[0][0], length);
  const mixed = (await post(`${url}/embed`, { inputs: [ids, "two"], ...raw })).value;
  assert.deepEqual(mixed.map(([first]: number[]) => first), [length, 3]);
  // OpenAI's and BERT's, and one that CLIP does not have.
  for (const other of [[15339, 1917], [101, 7592, 102], [49406, 60000, 49407], [49406]]) {
    for (const inputs of [other, [other]]) {
      const { status, value } = await post(`${url}/embed`, { inputs });
      assert.equal(status, 422, `${inputs}`);
      assert.equal(value.error_type, "Validation");
      assert.match(value.error, /begin with 49406 and end with 49407|There is no token 60000/);
    }
  }
  // Half a character.
  const half = await post(`${url}/embed`, { inputs: [49406, 171, 49407] });
  assert.match(half.value.error, /no text has just these/);
});

Deno.test("numbers without end are refused before they are looked at", async () => {
  await using gateways = await openGateways({ protocol: "http" });
  const url = gateways.url("http");
  const many = new Array(20_000).fill(1);
  for (const inputs of [many, ["a", many]]) {
    const { status, value } = await post(`${url}/embed`, { inputs });
    assert.equal(status, 422);
    assert.match(value.error, /`inputs` holds 20000 ids: 16384 are allowed/);
  }
});
