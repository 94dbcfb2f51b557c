/** That a vocabulary is read as the library does whose checkpoint it lies beside. */
import assert from "node:assert/strict";
import {
  readVocabTxt,
  VOCAB_READINGS,
} from "../../../../src/model/tokenizer/pipeline/vocab_txt.ts";

const TOKENS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "[", "]", "mask", "οσ", "ος", "a"];

function split(reading: keyof typeof VOCAB_READINGS, text: string): string[] {
  const pipeline = readVocabTxt(TOKENS.join("\n"), VOCAB_READINGS[reading], "vocab.txt");
  assert.ok(TOKENS.every((_, id) => pipeline.isSpecial(id) === id < 5));
  const ids: number[] = [];
  pipeline.encode(text, { ids, enough: Infinity });
  return ids.map((id) => TOKENS[id]!);
}

Deno.test("cn_clip takes special tokens that are written out for text, transformers does not", () => {
  assert.deepEqual(split("wordpiece_uncased", "[MASK] a"), ["[MASK]", "a"]);
  assert.deepEqual(split("wordpiece_chinese_clip", "[MASK] a"), ["[", "mask", "]", "a"]);
});

Deno.test("cn_clip's lower case knows the final sigma, transformers' does not", () => {
  assert.deepEqual(split("wordpiece_uncased", "ΟΣ a"), ["οσ", "a"]);
  assert.deepEqual(split("wordpiece_chinese_clip", "ΟΣ a"), ["ος", "a"]);
});
