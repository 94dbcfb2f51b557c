import assert from "node:assert/strict";
import fc from "fast-check";
import { nextWord } from "../../../src/model/tokenizer/split.ts";

function words(text: string): string[] {
  const out: string[] = [];
  const span = { start: 0, end: 0 };
  while (nextWord(text, span.end, span)) out.push(text.slice(span.start, span.end));
  return out;
}

const PATTERN =
  /<\|startoftext\|>|<\|endoftext\|>|'s|'t|'re|'ve|'m|'ll|'d|\p{L}+|\p{N}|[^\p{White_Space}\p{L}\p{N}]+/gu;

Deno.test("nextWord() parts text as the original's pattern does", () => {
  const piece = fc.oneof(
    fc.constantFrom("'s", "'re", "'x", "<|endoftext|>", "<|startoftext|>", "<|", "12", "ab", "!'t"),
    fc.string({ unit: "grapheme", maxLength: 4 }),
    fc.string({ unit: "binary", maxLength: 4 }),
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 20 }), (pieces) => {
      // The two places where ignoring case matters have a test of their own.
      const text = pieces.join("").toLowerCase().toWellFormed().replace(/[\u0345ſ]/g, "");
      assert.deepEqual(words(text), [...text.matchAll(PATTERN)].map((match) => match[0]));
    }),
    { numRuns: 3000, seed: 11 },
  );
});

Deno.test("nextWord() ignores case the way Python's regex module does", () => {
  const known: [string, string[]][] = [
    ["it'ſ", ["it", "'ſ"]],
    ["<|ſtartoftext|>", ["<|ſtartoftext|>"]],
    ["a\u0345b \u0345\u0345!", ["a", "b", "!"]],
    ["!\u0345!", ["!", "!"]],
    ["x\u0345", ["x"]],
  ];
  for (const [text, want] of known) assert.deepEqual(words(text), want, text);
});

Deno.test("nextWord() finds nothing in white space", () => {
  for (const text of ["", " ", "\t\n\v\f\r \x85\xa0\u1680\u2003\u2028\u2029\u202f\u205f\u3000"]) {
    assert.deepEqual(words(text), []);
  }
});
