import assert from "node:assert/strict";
import { openGateways } from "../../support/gateways.ts";
import { post } from "./ask.ts";

Deno.test("/tokenize gives ids with their pieces of the text, places in bytes", async () => {
  await using gateways = await openGateways({ protocol: "http" });
  const url = `${gateways.url("http")}/tokenize`;
  const { status, value } = await post(url, { inputs: ["Caf\u00e9 \u{1f389} don\u2019t", "x"] });
  assert.equal(status, 200);
  const special = (id: number, text: string) => ({
    id,
    text,
    special: true,
    start: null,
    stop: null,
  });
  const token = (id: number, text: string, start: number, stop: number) => ({
    id,
    text,
    special: false,
    start,
    stop,
  });
  const first = special(49406, "<|startoftext|>");
  const last = special(49407, "<|endoftext|>");
  assert.deepEqual(value, [
    [
      first,
      token(15304, "Caf\u00e9", 0, 5),
      token(3986, "\u{1f389}", 6, 10),
      token(847, "don", 11, 14),
      token(713, "\u2019t", 14, 18),
      last,
    ],
    [first, token(343, "x", 0, 1), last],
  ]);
  const bare = (await post(url, { inputs: "x", add_special_tokens: false })).value;
  assert.deepEqual(bare, [[token(343, "x", 0, 1)]]);
});

Deno.test("/tokenize does not cut, and holds nobody up however long a text is", async () => {
  await using gateways = await openGateways({ protocol: "http" });
  const url = `${gateways.url("http")}/tokenize`;
  const { value } = await post(url, { inputs: "word ".repeat(50_000) });
  assert.equal(value[0].length, 50_002);
  assert.deepEqual(value[0].at(-2), {
    id: value[0][1].id,
    text: "word",
    special: false,
    start: 249_995,
    stop: 249_999,
  });
  const many = await post(url, { inputs: "word ".repeat(150_000) });
  assert.equal(many.status, 422);
  assert.match(many.value.error, /more than 131072 tokens/);
  const long = await post(url, { inputs: "word ".repeat(300_000) });
  assert.equal(long.status, 413);
  assert.match(long.text, /1500000 characters/);
});

Deno.test("/decode gives texts, with the tokens at their ends if they are asked for", async () => {
  await using gateways = await openGateways({ protocol: "http" });
  const url = `${gateways.url("http")}/decode`;
  const ids = [49406, 320, 1125, 539, 320, 2368, 49407];
  assert.deepEqual((await post(url, { ids })).value, ["a photo of a cat"]);
  assert.deepEqual((await post(url, { ids: [ids, [320]] })).value, ["a photo of a cat", "a"]);
  assert.deepEqual((await post(url, { ids, skip_special_tokens: false })).value, [
    "<|startoftext|>a photo of a cat <|endoftext|>",
  ]);
  const { status, value } = await post(url, { ids: [320, 49408] });
  assert.equal(status, 422);
  assert.deepEqual(value, {
    error: "There is no token 49408: ids of this model are whole numbers from 0 to 49407",
    error_type: "Validation",
  });
});
