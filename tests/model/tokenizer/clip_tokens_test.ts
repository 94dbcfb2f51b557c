import assert from "node:assert/strict";
import { ClipTokens } from "../../../src/model/tokenizer/clip_tokens.ts";
import { CLIP_VOCAB_SIZE } from "../../../src/model/tokenizer/merges.ts";
import { Tokenizer } from "../../../src/model/tokenizer/tokenizer.ts";
import { fixtureLines } from "./fixture_lines.ts";

/** What transformers' `CLIPTokenizer` says. */
interface Decoded {
  text?: string;
  ids: number[];
  decoded: string;
  bare: string;
  /** In characters, without start and end of text; only where it has the same ids without ftfy. */
  offsets?: [number, number][];
}

const LINES = fixtureLines<Decoded>("decoded");
const tokens = new ClipTokens();
const inner = { addSpecialTokens: false };

/** Each token's piece of the text. */
function pieces(text: string): string[] {
  const { starts, ends } = tokens.tokenize(text, inner);
  return Array.from(starts, (start, i) => text.slice(start, ends[i]));
}

Deno.test("decode() gives the texts that transformers gives", () => {
  assert.ok(LINES.length > 400);
  for (const { ids, decoded, bare } of LINES) {
    assert.equal(tokens.decode(ids, { skipSpecialTokens: false }), decoded, `${ids}`);
    assert.equal(tokens.decode(ids, { skipSpecialTokens: true }), bare, `${ids}`);
  }
});

Deno.test("tokenize() gives the ids of the model, and transformers' places where it has the same", () => {
  let placed = 0;
  for (const { text, ids, offsets } of LINES) {
    if (text === undefined) continue;
    const found = tokens.tokenize(text, { addSpecialTokens: true });
    assert.deepEqual([...found.ids].slice(0, ids.length - 1), ids.slice(0, -1), text);
    // A mark that was composed with its letter belongs to the token, as we have it.
    if (offsets === undefined || text.normalize("NFC") !== text) continue;
    placed++;
    const characters = [...text];
    const unit = (at: number) => characters.slice(0, at).join("").length;
    const wanted = offsets.map(([start, end]) => [unit(start), unit(end)]);
    const places = Array.from(found.starts, (start, i) => [start, found.ends[i]]);
    assert.deepEqual(places, [[-1, -1], ...wanted, [-1, -1]], JSON.stringify(text));
  }
  assert.ok(placed > 200, `${placed}`);
});

Deno.test("tokenize() says where what was repaired came from", () => {
  assert.deepEqual(pieces("xk&eacute;zq now"), ["x", "k", "&eacute;", "z", "q", "now"]);
  assert.deepEqual(pieces("a cafÃ© zÃ©q here"), ["a", "cafÃ©", "z", "Ã©", "q", "here"]);
  assert.deepEqual(pieces("\u201cＨello\u201d ok"), ["\u201c", "Ｈello", "\u201d", "ok"]);
  assert.deepEqual(pieces("an oﬃce"), ["an", "oﬃce"]);
  assert.deepEqual(pieces("Ð¼Ð¸Ñ€ cat").at(-1), "cat");
  assert.deepEqual(pieces("Ð¼Ð¸Ñ€ cat")[0], "Ð¼Ð¸Ñ€");
  assert.deepEqual(pieces("İs"), ["İ", "İ", "s"]);
  assert.deepEqual(pieces("a\x07b c"), ["a\x07b", "c"]);
  assert.deepEqual(pieces(""), []);
});

Deno.test("tokenize() gives a token of half a character the whole of it", () => {
  const text = "🫠x";
  const { ids, starts, ends } = tokens.tokenize(text, inner);
  assert.ok(ids.length > 2);
  assert.deepEqual([starts[0], ends[0], starts[1], ends[1]], [0, 2, 0, 2]);
});

Deno.test("tokenize() stops at a limit and says so", () => {
  const cut = tokens.tokenize("a b c d", { addSpecialTokens: true, limit: 4 });
  assert.deepEqual([...cut.ids], [49406, 320, 321, 49407]);
  assert.equal(cut.more, true);
  assert.equal(tokens.tokenize("a b", { addSpecialTokens: true, limit: 4 }).more, false);
});

Deno.test("count() is the number of ids, up to its limit", () => {
  const long = "a ".repeat(100_000);
  const word = "a".repeat(100_000);
  for (const text of ["", "a", "a b c", "word ".repeat(75), "word ".repeat(76), long, word]) {
    const all = new Tokenizer().encode(text).length + 2;
    assert.equal(tokens.count(text, 78), Math.min(78, all), text.slice(0, 20));
  }
});

Deno.test("keepLast() gives a text of the last tokens", () => {
  assert.equal(tokens.keepLast("a b"), "a b");
  const tokenizer = new Tokenizer();
  let whole = 0;
  const texts = LINES.flatMap(({ text }) => text === undefined ? [] : [text]);
  for (const text of texts) {
    const long = `${"one two three ".repeat(30)}${text}`;
    const all = tokenizer.encode(long);
    const last = tokenizer.encode(tokens.keepLast(long));
    assert.deepEqual(last, all.slice(-last.length), JSON.stringify(text));
    assert.ok(last.length > 75 - 4, JSON.stringify(text));
    if (last.length === 75) whole++;
  }
  assert.ok(whole > 0.9 * texts.length, `${whole}`);
  // In the middle of a word, too.
  const word = "antidisestablishmentarianism".repeat(20);
  assert.deepEqual(tokenizer.encode(tokens.keepLast(word)), tokenizer.encode(word).slice(-75));
});

Deno.test("keepLast() leaves out a character that would be cut", () => {
  for (const count of [40, 41, 42]) {
    assert.match(
      tokens.keepLast(`${"a ".repeat(count)}${"\u{1fae0} ".repeat(30)}`),
      /^[a \u{1fae0}]*$/u,
    );
  }
});

Deno.test("keepLast() refuses what would be read otherwise without its beginning", () => {
  // The "<" is why its entities are not undone to the last.
  const text = `< ${"a ".repeat(10)}&amp;amp;amp;lt; ${"b ".repeat(70)}`;
  assert.throws(() => tokens.keepLast(text), { kind: "invalid", message: /read otherwise/ });
});

Deno.test("spelling() gives the vocabulary's own words", async () => {
  const all = Array.from({ length: CLIP_VOCAB_SIZE }, (_, id) => tokens.spelling(id));
  assert.equal(all[1125], "photo</w>");
  const bytes = new TextEncoder().encode(all.join("\n"));
  const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex();
  assert.equal(hash, "7cccc44d334555d1ff3c0ac5f0246b428fab2918383e77ee745cf30d41010b78");
});

Deno.test("ids that are not of the vocabulary are refused", () => {
  for (const id of [-1, 49_408, 1.5, NaN]) {
    assert.throws(() => tokens.decode([id], { skipSpecialTokens: true }), {
      kind: "invalid",
      message: /whole numbers from 0 to 49407/,
    });
  }
  const small = new ClipTokens({ vocabSize: 600 });
  assert.equal(small.spelling(599), "<|endoftext|>");
  const ids = [598, 320, 599];
  assert.equal(
    small.decode(ids, { skipSpecialTokens: false }),
    "<|startoftext|>a <|endoftext|>",
  );
  assert.throws(() => small.spelling(600), { kind: "invalid" });
});
