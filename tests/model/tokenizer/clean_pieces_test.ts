import assert from "node:assert/strict";
import fc from "fast-check";
import { encodeWord, encodeWordStart } from "../../../src/model/tokenizer/bpe.ts";
import { cleanText } from "../../../src/model/tokenizer/clean.ts";
import { cleanPieces } from "../../../src/model/tokenizer/clean_pieces.ts";
import { clipMerges, LONGEST_TOKEN } from "../../../src/model/tokenizer/merges.ts";
import { nextWord } from "../../../src/model/tokenizer/split.ts";
import { Tokenizer } from "../../../src/model/tokenizer/tokenizer.ts";

const tokenizer = new Tokenizer();

function wordsOf(clean: string): string[] {
  const words: string[] = [];
  const span = { start: 0, end: 0 };
  while (nextWord(clean, span.end, span)) words.push(clean.slice(span.start, span.end));
  return words;
}

/** What the repairs look for, and what they make of it. */
const evil = fc.constantFrom(
  ..."aZé漢ñ😀🏽ΣσςΑ '\"&;<>#x0123|“”‘’…–ÃÂ©€â\u00a0°œŒ½¢àÐВ√\u0301\u0303\u0345\u0327\u200b\u200d\u3099か゛ﾞｶ각ᅡᆨᄀ",
  ..."＆；ａ￠￡￣ﬁŉĳＡ！\u2126\u212a\u212b\u1f71\u0958\u09be\ud800\udc00\ufffd\0\x1a\x1b\x7f\x85\x9d\r\n\t\u2028\ufeff\u0344",
  ..."&amp; &amp;amp; &lt; &#38; &#27; &#1; &#x27; &Atilde;&copy; &eacute &Sigma; &Sigma &notit; &EACUTE; &#38;#38; &am p;"
    .split(" "),
  "\x1b[1m",
  "\x1b[",
  "31;",
  "Ã©",
  "â€™",
  "â€",
  "\ufffdÂ ",
  "À\n",
  "Ã ",
  "à ",
  "<|startoftext|>",
  "<|endoftext|>",
  "'ll",
  "'re",
  "\r\n",
  "\n",
  "\n\n",
  " \n",
  "           ",
  "abcdefgh",
  "the ",
  "ÃƒÂ©",
  "Ｓ",
  "&ａmp;",
  "&amp；",
);
const evilText = fc.array(evil, { maxLength: 40 }).map((parts) => parts.join(""));
/** Mostly harmless, so that a line is often taken apart. */
const mildText = fc.array(
  fc.oneof(
    { weight: 8, arbitrary: fc.constantFrom(..."abcdeΣσΑñé漢😀 '’“”&;#1\n<か\u3099각") },
    { weight: 1, arbitrary: evil },
  ),
  { maxLength: 60 },
).map((parts) => parts.join(""));
const anyText = fc.oneof(
  evilText,
  mildText,
  fc.string({ unit: "binary", maxLength: 60 }),
  fc.array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 60 })
    .map((units) => String.fromCharCode(...units)),
);

Deno.test("cleanPieces() gives the words of cleanText(), wherever a line is taken apart", () => {
  fc.assert(
    fc.property(anyText, fc.integer({ min: 1, max: 9 }), (text, firstPiece) => {
      const pieces = [...cleanPieces(text, firstPiece)].join("");
      assert.deepEqual(wordsOf(pieces), wordsOf(cleanText(text)));
    }),
    { numRuns: 20_000, seed: 20210226 },
  );
});

Deno.test("encodeInto() gives the first ids of encode() for long texts", () => {
  const out = new Int32Array(77);
  const long = fc.tuple(
    fc.oneof(mildText, evilText),
    fc.oneof(mildText, evilText),
    fc.integer({ min: 1, max: 9000 }),
    fc.oneof(mildText, evilText),
  ).map(([start, part, times, end]) =>
    start + part.repeat(Math.ceil(times / Math.max(1, part.length))) + end + " x".repeat(5000)
  );
  fc.assert(
    fc.property(long, (text) => {
      tokenizer.encodeInto(text, out);
      const all = tokenizer.encode(text).slice(0, 75);
      const want = [tokenizer.startOfText, ...all, tokenizer.endOfText];
      assert.deepEqual([...out.subarray(0, want.length)], want);
    }),
    { numRuns: 300, seed: 20210226 },
  );
});

Deno.test("encodeInto() of a long text equals that of its beginning", () => {
  const out = new Int32Array(77);
  const short = new Int32Array(77);
  const parts = [
    "😀",
    "a",
    "漢",
    "\u200b",
    "Quick – “brown” café’s ",
    "x\u0301",
    "-",
    "ab",
    "'re ",
  ];
  for (const part of parts) {
    tokenizer.encodeInto(part.repeat(200_000), out);
    short.set([tokenizer.startOfText, ...tokenizer.encode(part.repeat(3000)).slice(0, 75)]);
    short[76] = tokenizer.endOfText;
    assert.deepEqual(out, short, part);
  }
});

Deno.test("encodeInto() of a long text cleans no more than it needs", () => {
  const out = new Int32Array(77);
  for (const line of ["a “quoted” line – with café\n", "one line that does not end "]) {
    let read = 0;
    for (const piece of cleanPieces(line.repeat(500_000))) {
      read += piece.length;
      if (read > 5000) break;
    }
    assert.ok(read < 50_000, `${read}`);
    tokenizer.encodeInto(line.repeat(500_000), out);
  }
});

Deno.test("encodeWordStart() is sure only of ids that nothing which follows can change", () => {
  const merges = clipMerges();
  const ids = new Int32Array(4096);
  const all = new Int32Array(4096);
  const words = fc.array(
    fc.constantFrom("ha", "a", "the", "ing", "!", "😀", "é", "漢", "lo", "o", "w", "er", "stars"),
    { minLength: 150, maxLength: 400 },
  );
  let sure = 0;
  fc.assert(
    fc.property(words, words, fc.integer({ min: 1, max: 100 }), (start, end, wanted) => {
      const bytes = new TextEncoder().encode(start.join(""));
      const whole = new TextEncoder().encode(start.join("") + end.join(""));
      if (!encodeWordStart(bytes, bytes.length, wanted, merges, ids)) return;
      sure++;
      encodeWord(whole, whole.length, merges, all);
      assert.deepEqual(ids.slice(0, wanted), all.slice(0, wanted));
    }),
    { numRuns: 1000, seed: 20210226 },
  );
  assert.ok(sure > 500, `${sure}`);
});

Deno.test("LONGEST_TOKEN is the length of the longest token", () => {
  const bytes = Deno.readFileSync(
    new URL("../../../src/model/tokenizer/merges.bin", import.meta.url),
  );
  const lengths = Array<number>(512).fill(1);
  for (const pair of new Uint32Array(bytes.buffer)) {
    lengths.push(lengths[pair & 0xffff]! + lengths[pair >>> 16]!);
  }
  assert.equal(Math.max(...lengths), LONGEST_TOKEN);
});
