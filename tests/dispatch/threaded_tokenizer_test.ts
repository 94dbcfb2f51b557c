import assert from "node:assert/strict";
import { ThreadedTokenizer } from "../../src/dispatch/threaded_tokenizer.ts";
import { ClipTokens } from "../../src/model/tokenizer/clip_tokens.ts";

/** Seconds of work for Unicode's normalisation, which orders the marks of a letter. */
const HOSTILE = `a${"\u0301\u0327".repeat(100_000)}`;

Deno.test("long texts are tokenized as short ones are, by a thread that ends", async () => {
  const tokenizer = new ThreadedTokenizer();
  const tokens = new ClipTokens();
  const options = { addSpecialTokens: true, limit: 100 };
  for (const text of ["a photo", "a photo &amp; a cat ".repeat(1000)]) {
    const [found, count, last] = await Promise.all([
      tokenizer.tokenize(text, options),
      tokenizer.count(text, 78),
      tokenizer.keepLast(text),
    ]);
    assert.deepEqual(found, tokens.tokenize(text, options));
    assert.equal(count, tokens.count(text, 78));
    assert.equal(last, tokens.keepLast(text));
  }
  assert.equal(tokenizer.contextLength, 77);
  assert.equal(tokenizer.isSpecial(49_406) && tokenizer.isSpecial(49_407), true);
  assert.equal(tokenizer.isSpecial(49_405) || tokenizer.isSpecial(49_408), false);
});

Deno.test("faults of a long text come from the thread", async () => {
  const tokenizer = new ThreadedTokenizer({ vocabSize: 600 });
  await assert.rejects(tokenizer.count("photo ".repeat(1000), 78), {
    kind: "invalid",
    message: /not in this model's vocabulary of 600/,
  });
});

Deno.test("a text that takes too long fails alone, and holds nobody up", async () => {
  const tokenizer = new ThreadedTokenizer({}, 1000);
  const hostile = tokenizer.count(HOSTILE, 78);
  const innocent = tokenizer.count("a ".repeat(5000), 78);
  const began = performance.now();
  assert.equal(await tokenizer.count("a b", 78), 4);
  assert.ok(performance.now() - began < 500);
  await assert.rejects(hostile, { kind: "too_large", message: /within 1000 ms/ });
  assert.equal(await innocent, 78);
});

Deno.test("a text whose client leaves is given up, whether it is in work or waits", async () => {
  const tokenizer = new ThreadedTokenizer({}, 60_000);
  const first = new AbortController();
  const second = new AbortController();
  const inWork = tokenizer.count(HOSTILE, 78, first.signal);
  const waiting = tokenizer.count(HOSTILE, 78, second.signal);
  const innocent = tokenizer.count("a ".repeat(5000), 78);
  second.abort(new Error("second left"));
  await assert.rejects(waiting, /second left/);
  first.abort(new Error("first left"));
  await assert.rejects(inWork, /first left/);
  assert.equal(await innocent, 78);
  await assert.rejects(tokenizer.keepLast(HOSTILE, first.signal), /first left/);
});

Deno.test("a text that is too long to be tokenized whole is refused", async () => {
  const tokenizer = new ThreadedTokenizer();
  const text = "a".repeat(2 ** 20 + 1);
  const refused = { kind: "too_large", message: /1048577 characters: it may have 1048576/ };
  await assert.rejects(tokenizer.tokenize(text, { addSpecialTokens: true }), refused);
  await assert.rejects(tokenizer.keepLast(text), refused);
  assert.equal(await tokenizer.count(text, 78), 78);
});
