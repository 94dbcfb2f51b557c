import assert from "node:assert/strict";
import { requireWhole } from "../../../src/dialects/reading/whole_texts.ts";
import { ThreadedTokenizer } from "../../../src/dispatch/threaded_tokenizer.ts";

const place = (index: number) => `texts[${index}]`;
const executor = { tokenizer: new ThreadedTokenizer() };

Deno.test("requireWhole() lets pass what the model reads to its end", async () => {
  await requireWhole(["word ".repeat(75), undefined, ""], executor, place);
});

Deno.test("requireWhole() refuses a text that would be cut, by its place", async () => {
  await assert.rejects(requireWhole(["a", undefined, "word ".repeat(76)], executor, place), {
    kind: "invalid",
    message: /^'texts\[2\]' is longer than the model reads: it has more than 77 tokens/,
  });
  await assert.rejects(requireWhole(["word ".repeat(20_000)], executor, () => "inputs"), {
    message: /^'inputs' is longer/,
  });
});

Deno.test("requireWhole() lets others pass while it counts, and ends when the client leaves", async () => {
  const client = new AbortController();
  setTimeout(() => client.abort(new Error("gone")));
  const texts = Array.from({ length: 200_000 }, (_, i) => `${i} words of a text`);
  await assert.rejects(requireWhole(texts, executor, place, client.signal), /gone/);
});
