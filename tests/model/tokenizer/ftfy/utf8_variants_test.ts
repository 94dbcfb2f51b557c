import assert from "node:assert/strict";
import {
  decodeUtf8,
  decodeUtf8Variants,
} from "../../../../src/model/tokenizer/ftfy/utf8_variants.ts";
import { fixtureLines } from "../fixture_lines.ts";

Deno.test("decodeUtf8() and decodeUtf8Variants() equal Python's codecs on hostile bytes", () => {
  interface Line {
    bytes: string;
    utf8: string | null;
    variants: string | null;
  }
  for (const { bytes, utf8, variants } of fixtureLines<Line>("utf8_cases")) {
    assert.equal(decodeUtf8(bytes) ?? null, utf8, JSON.stringify(bytes));
    assert.equal(decodeUtf8Variants(bytes) ?? null, variants, JSON.stringify(bytes));
  }
});

Deno.test("decodeUtf8() reads every scalar value and refuses surrogates", () => {
  const encoder = new TextEncoder();
  for (let code = 0; code <= 0x10ffff; code += 251) {
    if (code >= 0xd800 && code <= 0xdfff) continue;
    const text = String.fromCodePoint(code);
    assert.equal(decodeUtf8(String.fromCharCode(...encoder.encode(text))), text);
  }
  assert.equal(decodeUtf8("\xed\xa0\xbd"), undefined);
});

Deno.test("decodeUtf8Variants() reads CESU-8 and Java's null", () => {
  assert.equal(decodeUtf8Variants("\xed\xa0\xbd\xed\xb8\x8d"), "😍");
  assert.equal(decodeUtf8Variants("here comes a null! \xc0\x80"), "here comes a null! \0");
});
