/** That sums are rounded as sentencepiece rounds them. */
import assert from "node:assert/strict";
import { Unigram } from "../../../../src/model/tokenizer/pipeline/unigram.ts";

Deno.test("of two splits that differ in rounding only, Unigram takes sentencepiece 0.2.3's", () => {
  const pieces = [
    ["<unk>", 0],
    ["3", -7.0900492668151855],
    ["0", -6.251571178436279],
    ["00", -8.099868774414062],
  ] as const;
  const unigram = new Unigram({ pieces, unknownId: 0, float32: true, never: new Set([0]) });
  const split = (text: string) => {
    const ids: number[] = [];
    unigram.encode(text, { ids, enough: Infinity });
    return ids.map((id) => pieces[id]![0]);
  };
  assert.deepEqual(split("000"), ["0", "00"]);
  assert.deepEqual(split("3000"), ["3", "0", "00"]);
  assert.deepEqual(split("00000"), ["0", "00", "00"]);
});
