import assert from "node:assert/strict";
import fc from "fast-check";
import { type NormalizationForm, normalize } from "../../../src/model/tokenizer/normalize.ts";

const FORMS: NormalizationForm[] = ["NFC", "NFD", "NFKC", "NFKD"];

/** All that combines or is made of what does, and some that others combine with. */
const PIECES = Array.from({ length: 0x20000 }, (_, code) => code)
  .filter((code) => code < 0xd800 || code > 0xdfff)
  .map((code) => String.fromCodePoint(code))
  .filter((c) => /[\p{M}\uff9e\uff9f]/u.test(c))
  .concat([..."aeA\u00e9\u1ec7\u212b\u00b4\uac00\u1100\u1161\u11a8\u0915\u3042\u30cf "]);

Deno.test("normalize() gives what String.normalize() does, of runs of any marks in any order", () => {
  const piece = fc.constantFrom(...PIECES);
  const text = fc.oneof(
    fc.array(piece, { minLength: 500, maxLength: 800 }),
    fc.array(fc.constantFrom(..."\u0301\u0327\u0345\u0323\u0344\u0340\u3099\uff9e\u0f73a"), {
      minLength: 500,
      maxLength: 800,
    }),
    fc.shuffledSubarray(PIECES, { minLength: 500, maxLength: 900 }),
  ).map((pieces) => pieces.join(""));
  fc.assert(fc.property(text, fc.constantFrom(...FORMS), (text, form) => {
    assert.equal(normalize(text, form), text.normalize(form));
  }));
});

Deno.test("normalize() knows every mark's place", () => {
  // Each stands beside each of the others once, in both orders.
  const backwards = PIECES.toReversed().join("");
  for (const form of FORMS) {
    for (
      const text of [`a${PIECES.join("")}`, `a${backwards}`, `a${backwards}${PIECES.join("")}`]
    ) {
      assert.equal(normalize(text, form), text.normalize(form));
    }
  }
});

Deno.test("normalize() takes no time over a megabyte of marks in a wrong order", () => {
  const half = 250_000;
  for (const form of FORMS) {
    // Hours, were each put into its place by going back over the others.
    const text = `a${"\u0301\u0327\u0344".repeat(half)}`;
    const found = normalize(text, form);
    const composed = form === "NFC" || form === "NFKC";
    assert.equal(found.length, text.length + half - (composed ? 1 : 0));
    assert.equal(found[0], composed ? "\u00e1" : "a");
    assert.match(found, /^.\u0327+[\u0301\u0308]+$/u);
  }
});
