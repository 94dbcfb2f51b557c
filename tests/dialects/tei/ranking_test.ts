/** What text-embeddings-inference says of texts beside each other. */
import assert from "node:assert/strict";
import { openGateways } from "../../support/gateways.ts";
import { post } from "./ask.ts";

// The encoder of these tests embeds a text as [its length, 1, 2, 3].
function cosine(a: number, b: number): number {
  return (a * b + 14) / Math.sqrt((a * a + 14) * (b * b + 14));
}

Deno.test("/similarity gives cosines, in the order of the sentences", async () => {
  await using gateways = await openGateways({ protocol: "http" });
  const url = `${gateways.url("http")}/similarity`;
  const inputs = { source_sentence: "four", sentences: ["four", "x", "sixsix"] };
  for (const parameters of [undefined, null, {}, { truncate: true }]) {
    const { status, value } = await post(url, { inputs, parameters });
    assert.equal(status, 200);
    const wanted = [1, cosine(4, 1), cosine(4, 6)];
    assert.ok(wanted.every((score, i) => Math.abs(score - value[i]) < 1e-6), `${value}`);
  }
  const refused = await post(url, { inputs, parameters: { prompt_name: "query" } });
  assert.equal(refused.status, 422);
});

Deno.test("/rerank gives the nearest text first, by its cosine, with the text if it is asked for", async () => {
  await using gateways = await openGateways({ protocol: "http" });
  const url = `${gateways.url("http")}/rerank`;
  const body = { query: "four", texts: ["x", "four", "sixsix", "four"] };
  const { value, headers } = await post(url, body);
  assert.deepEqual(value.map(({ index }: { index: number }) => index), [1, 3, 2, 0]);
  assert.ok(Math.abs(value[2].score - cosine(4, 6)) < 1e-6);
  assert.deepEqual(Object.keys(value[0]), ["index", "score"]);
  assert.equal(headers.get("x-compute-characters"), "19");
  const texts = (await post(url, { ...body, return_text: true, raw_scores: true })).value;
  assert.deepEqual(texts[0], { index: 1, text: "four", score: 1 });
  assert.deepEqual(
    texts.map(({ score }: { score: number }) => score),
    value.map(({ score }: { score: number }) => score),
  );
});

Deno.test("a text that is too long is refused by its place where it may not be cut", async () => {
  await using gateways = await openGateways({ protocol: "http" });
  const url = gateways.url("http");
  const long = "word ".repeat(100);
  const truncate = false;
  const cases: [string, unknown, RegExp][] = [
    ["/rerank", { query: "a", texts: ["a", long], truncate }, /^'texts\[1\]' is longer/],
    ["/rerank", { query: long, texts: ["a"], truncate }, /^'query' is longer/],
    ["/similarity", {
      inputs: { source_sentence: "a", sentences: [long] },
      parameters: { truncate },
    }, /^'inputs.sentences\[0\]' is longer/],
  ];
  for (const [path, body, message] of cases) {
    const { status, value } = await post(url + path, body);
    assert.equal(status, 422);
    assert.match(value.error, message);
  }
});

Deno.test("/vertex answers each instance as /embed or /rerank", async () => {
  await using gateways = await openGateways({ protocol: "http" });
  const url = gateways.url("http");
  const instances = [
    { inputs: ["one", "a"], dimensions: 2 },
    { query: "four", texts: ["x", "four"], return_text: true },
    { inputs: "one", normalize: false },
  ];
  const { status, value } = await post(`${url}/vertex`, { instances, parameters: {} });
  assert.equal(status, 200);
  assert.deepEqual(value.predictions[0], (await post(`${url}/embed`, instances[0])).value);
  assert.deepEqual(value.predictions[1], (await post(`${url}/rerank`, instances[1])).value);
  assert.deepEqual(value.predictions[2], [[3, 1, 2, 3]]);
  const refused = await post(`${url}/vertex`, { instances: [{ inputs: "a" }, { inputs: "" }] });
  assert.deepEqual([refused.status, refused.value.error_type], [400, "Empty"]);
});
