import assert from "node:assert/strict";
import fc from "fast-check";
import { encodeWord } from "../../../src/model/tokenizer/bpe.ts";
import {
  BYTE_IDS,
  CLIP_VOCAB_SIZE,
  clipMerges,
  NO_MERGE,
} from "../../../src/model/tokenizer/merges.ts";

const merges = clipMerges();

/** The algorithm as openai/CLIP states it: all occurrences of the lowest pair, again and again. */
function encodeByPasses(bytes: Uint8Array): number[] {
  let word = [...bytes].map((byte, i) => BYTE_IDS[byte]! + (i === bytes.length - 1 ? 256 : 0));
  for (;;) {
    let best = NO_MERGE;
    for (let i = 0; i + 1 < word.length; i++) {
      best = Math.min(best, merges.find(word[i]!, word[i + 1]!));
    }
    if (best === NO_MERGE) return word;
    const next: number[] = [];
    for (let i = 0; i < word.length; i++) {
      if (i + 1 < word.length && merges.find(word[i]!, word[i + 1]!) === best) {
        next.push(best);
        i++;
      } else next.push(word[i]!);
    }
    word = next;
  }
}

function encode(bytes: Uint8Array): number[] {
  const ids = new Int32Array(bytes.length);
  return [...ids.subarray(0, encodeWord(bytes, bytes.length, merges, ids))];
}

Deno.test("encodeWord() joins the lowest merge first, in short and in long words", () => {
  const letters = fc.constantFrom(..."aaaabbehlnorst!.0");
  const words = fc.oneof(
    fc.array(letters, { minLength: 1, maxLength: 300 }).map((all) => all.join("")),
    fc.string({ unit: "grapheme", minLength: 1, maxLength: 120 }),
    fc.array(fc.constantFrom("ing", "the", "ha", "an", "é"), { minLength: 1, maxLength: 100 })
      .map((all) => all.join("")),
  );
  fc.assert(
    fc.property(words, (word) => {
      const bytes = new TextEncoder().encode(word);
      assert.deepEqual(encode(bytes), encodeByPasses(bytes));
    }),
    { numRuns: 400, seed: 7 },
  );
});

Deno.test("encodeWord() gives known ids", () => {
  const known: [string, number[]][] = [["a", [320]], ["photo", [1125]], ["!", [256]]];
  for (const [word, ids] of known) assert.deepEqual(encode(new TextEncoder().encode(word)), ids);
});

Deno.test("clipMerges() holds every merge once, and all ids fit the vocabulary", () => {
  const bytes = Deno.readFileSync(
    new URL("../../../src/model/tokenizer/merges.bin", import.meta.url),
  );
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let rank = 0; rank < bytes.length / 4; rank++) {
    const left = view.getUint16(rank * 4, true);
    const right = view.getUint16(rank * 4 + 2, true);
    assert.ok(Math.max(left, right) < 512 + rank);
    assert.equal(merges.find(left, right), 512 + rank);
  }
  assert.equal(512 + bytes.length / 4 + 2, CLIP_VOCAB_SIZE);
  assert.equal(merges.find(49407, 49407), NO_MERGE);
});
