import assert from "node:assert/strict";
import { ThreadedTokenizer } from "../../src/dispatch/threaded_tokenizer.ts";
import { ClipTokens } from "../../src/model/tokenizer/clip_tokens.ts";
import { openTextTokens } from "../../src/model/tokenizer/open_tokenizer.ts";
import { familyPath } from "../support/families.ts";

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
  let given = false;
  const settled = hostile.catch(() => given = true);
  assert.equal(await tokenizer.count("a b", 78), 4);
  assert.equal(given, false);
  await settled;
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

Deno.test("clients that leave while the thread starts do not make it start anew for the others", async () => {
  const tokenizer = new ThreadedTokenizer();
  const leaver = new AbortController();
  const left = tokenizer.count(HOSTILE, 78, leaver.signal);
  const innocent = tokenizer.count("a ".repeat(1000), 78);
  leaver.abort(new Error("left"));
  await assert.rejects(left, /left/);
  assert.equal(await innocent, 78);
  // Nobody is there any more, and the next one finds a thread all the same.
  const alone = tokenizer.count(HOSTILE, 78, leaver.signal);
  await assert.rejects(alone, /left/);
  assert.equal(await tokenizer.count("a ".repeat(1000), 78), 78);
});

Deno.test("a text that is too long to be tokenized whole is refused", async () => {
  const tokenizer = new ThreadedTokenizer();
  const text = "a".repeat(2 ** 20 + 1);
  const refused = { kind: "too_large", message: /1048577 characters: it may have 1048576/ };
  await assert.rejects(tokenizer.tokenize(text, { addSpecialTokens: true }), refused);
  await assert.rejects(tokenizer.keepLast(text), refused);
  assert.equal(await tokenizer.count(text, 78), 78);
});

Deno.test("a published tokenizer answers as CLIP's does, on the spot and by a thread", async () => {
  const description = {
    kind: "file",
    file: "tokenizer.json",
    format: "tokenizer_json",
    clean: "open_clip_canonicalize",
    stripSep: false,
  } as const;
  const published = { description, folder: familyPath("siglip2-openclip"), padId: 0 };
  const setup = { contextLength: 64, vocabSize: 700, published };
  const [tokenizer, tokens] = [new ThreadedTokenizer(setup), openTextTokens(setup)];
  const options = { addSpecialTokens: true, limit: 100 };
  for (const text of ["A photo, by the sea", "a cat &amp; a dog. ".repeat(1500)]) {
    assert.deepEqual(await tokenizer.tokenize(text, options), tokens.tokenize(text, options));
    assert.equal(await tokenizer.count(text, 65), tokens.count(text, 65));
    assert.equal(await tokenizer.keepLast(text), tokens.keepLast(text));
  }
  const { ids } = await tokenizer.tokenize("A photo, by the sea", options);
  assert.equal(tokenizer.decode(ids, { skipSpecialTokens: true }), "a photo by the sea");
  assert.equal(tokenizer.spelling(1), "<eos>");
  assert.equal(tokenizer.isSpecial(1) && !tokenizer.isSpecial(300), true);
  assert.throws(() => tokenizer.decode([700], { skipSpecialTokens: true }), { kind: "invalid" });
});
