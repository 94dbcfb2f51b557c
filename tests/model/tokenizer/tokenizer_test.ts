import assert from "node:assert/strict";
import fc from "fast-check";
import { ClipError } from "../../../src/errors.ts";
import { Tokenizer } from "../../../src/model/tokenizer/tokenizer.ts";
import { fixtureLines } from "./fixture_lines.ts";

interface TokenLine {
  category: string;
  text: string;
  ids: number[];
  n: number;
  truncated: boolean;
  needs_ftfy: boolean;
  needs_ftfy_encoding?: boolean;
}

const START = 49406;
const END = 49407;
const tokenizer = new Tokenizer();

function idsOf(text: string): number[] {
  const out = new Int32Array(77);
  tokenizer.encodeInto(text, out);
  return [...out];
}

const lines = fixtureLines<TokenLine>("tokens");
const groups: [string, (line: TokenLine) => boolean][] = [
  ["plain", (line) => !line.needs_ftfy],
  ["small repairs", (line) => line.needs_ftfy && line.needs_ftfy_encoding !== true],
  ["mojibake repair", (line) => line.needs_ftfy_encoding === true],
];
for (const [name, belongs] of groups) {
  Deno.test(`encodeInto() gives the ids of openai/CLIP on every fixture line: ${name}`, () => {
    const group = lines.filter(belongs);
    assert.ok(group.length > 100);
    for (const line of group) {
      assert.deepEqual(idsOf(line.text), line.ids, `${line.category}: ${line.text}`);
    }
  });
}

Deno.test("encode() gives all ids, uncut, on every fixture line", () => {
  for (const line of lines) {
    const ids = tokenizer.encode(line.text);
    assert.equal(ids.length + 2, line.n, line.text);
    assert.deepEqual(ids.slice(0, 75), line.ids.slice(1, 1 + Math.min(75, line.n - 2)), line.text);
  }
});

Deno.test("encode() gives the original's ids on random text that ftfy changes", () => {
  for (const line of fixtureLines<{ text: string; ids: number[] }>("ftfy_cases")) {
    assert.deepEqual(tokenizer.encode(line.text), line.ids, JSON.stringify(line.text));
  }
});

Deno.test("encodeInto() gives the position after the first end-of-text", () => {
  const out = new Int32Array(77);
  for (const line of lines) {
    assert.equal(tokenizer.encodeInto(line.text, out), line.ids.indexOf(END) + 1, line.text);
  }
  assert.equal(tokenizer.encodeInto("a <|endoftext|> b", out), 3);
  assert.deepEqual([...out.subarray(0, 6)], [START, 320, END, 321, END, 0]);
  assert.equal(tokenizer.encodeInto("", out), 2);
  assert.equal(tokenizer.encodeInto("dog ".repeat(100), out), 77);
});

Deno.test("encodeInto() writes only its own part of a shared array, over what was there", () => {
  const out = new Int32Array(new SharedArrayBuffer(4 * 77 * 3)).fill(-1);
  tokenizer.encodeInto("dog ".repeat(100), out, 77);
  tokenizer.encodeInto("a photo of a cat", out, 77);
  assert.ok(out.subarray(0, 77).every((id) => id === -1));
  assert.deepEqual([...out.subarray(77, 154)], idsOf("a photo of a cat"));
  assert.ok(out.subarray(154).every((id) => id === -1));
});

Deno.test("encodeInto() throws RangeError when the array is too short", () => {
  const out = new Int32Array(80);
  for (const offset of [-1, 4, 80]) {
    assert.throws(() => tokenizer.encodeInto("a", out, offset), RangeError);
  }
});

Deno.test("encodeInto() keeps end-of-text last when exactly full and when one too long", () => {
  const dog = tokenizer.encode("dog");
  assert.equal(dog.length, 1);
  for (const count of [74, 75, 76, 77, 200]) {
    const kept = Math.min(count, 75);
    const want = [START, ...Array<number>(kept).fill(dog[0]!), END];
    assert.deepEqual(idsOf("dog ".repeat(count)), [...want, ...Array(77 - want.length).fill(0)]);
  }
});

Deno.test("encodeInto() obeys another context length", () => {
  const short = new Tokenizer({ contextLength: 5 });
  const out = new Int32Array(5);
  assert.equal(short.encodeInto("a photo of a cat", out), 5);
  assert.deepEqual([...out], [START, ...tokenizer.encode("a photo of"), END]);
});

Deno.test("encodeInto() refuses tokens that a smaller vocabulary does not have", () => {
  const small = new Tokenizer({ vocabSize: 200 });
  const out = new Int32Array(77);
  assert.equal(small.encodeInto("<|endoftext|>", out), 2);
  assert.deepEqual([...out.subarray(0, 4)], [198, 199, 199, 0]);
  for (let again = 0; again < 2; again++) {
    assert.throws(() => small.encodeInto("dog", out), (error) => {
      assert.ok(error instanceof ClipError);
      assert.equal(error.kind, "invalid");
      assert.match(error.message, /"dog".*1929.*vocabulary of 200/);
      return true;
    });
  }
});

Deno.test("Tokenizer throws ClipError for impossible options", () => {
  for (const bad of [0, 1, 1.5, -1, NaN, Infinity]) {
    assert.throws(() => new Tokenizer({ contextLength: bad }), { name: "ClipError" });
    assert.throws(() => new Tokenizer({ vocabSize: bad }), { name: "ClipError" });
  }
  assert.throws(() => new Tokenizer({ vocabSize: 49409 }), { name: "ClipError" });
});

const anyString = fc.oneof(
  fc.string({ unit: "binary", maxLength: 200 }),
  fc.string({ unit: "grapheme", maxLength: 200 }),
  // Code units, so lone surrogates too.
  fc.array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 200 })
    .map((units) => String.fromCharCode(...units)),
  fc.array(fc.constantFrom("&amp;", "&#38;", "Ã©", "â€", "\ufffd", "<", "\ud800", "\x1b[1m", "\n"))
    .map((parts) => parts.join("")),
);

Deno.test("encodeInto() takes any string: start, at most 75 ids, end, zeros", () => {
  const out = new Int32Array(77);
  fc.assert(
    fc.property(anyString, (text) => {
      out.fill(-1);
      const matters = tokenizer.encodeInto(text, out);
      assert.equal(out[0], START);
      assert.equal(out[matters - 1], END);
      assert.equal(out.indexOf(END), matters - 1);
      const last = out.lastIndexOf(END);
      assert.ok(out.subarray(last + 1).every((id) => id === 0));
      assert.ok(out.every((id) => id >= 0 && id <= END));
      const all = tokenizer.encode(text);
      assert.deepEqual([...out.subarray(1, last)], all.slice(0, 75));
    }),
    { numRuns: 2000, seed: 20210226 },
  );
});

Deno.test("encodeInto() gives the same ids with a warm and with a cold cache", () => {
  const out = new Int32Array(77);
  for (const line of lines.filter((_, index) => index % 40 === 0)) {
    new Tokenizer().encodeInto(line.text, out);
    assert.deepEqual([...out], line.ids);
  }
});
