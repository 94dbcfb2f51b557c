import assert from "node:assert/strict";
import fc from "fast-check";
import { fixText } from "../../../../src/model/tokenizer/ftfy/fix_text.ts";
import { fixtureLines } from "../fixture_lines.ts";

// From the documentation of ftfy.
const DOCUMENTED: [string, string][] = [
  ["âœ” No problems", "✔ No problems"],
  ["&macr;\\_(ã\x83\x84)_/&macr;", "¯\\_(ツ)_/¯"],
  ["Broken text&hellip; it&#x2019;s ﬂubberiﬁc!", "Broken text… it's flubberific!"],
  ["ＬＯＵＤ　ＮＯＩＳＥＳ", "LOUD NOISES"],
  ["Ｕﾀｰﾝ", "Uターン"],
  ["sÃ³", "só"],
  ["voilÃ le travail", "voilà le travail"],
  ["â€œ like this â€�", '" like this �'],
  ["P&EACUTE;REZ", "PÉREZ"],
  ["<b>&amp;</b>", "<b>&amp;</b>"],
  ["BUNDESSTRA&SZLIG;E", "BUNDESSTRASSE"],
  ["&ntilde; &Ntilde; &NTILDE; &nTILDE;", "ñ Ñ Ñ &nTILDE;"],
  ["\x1b[36;44mI'm blue, da ba dee da ba doo...\x1b[0m", "I'm blue, da ba dee da ba doo..."],
  ["two things:\u20291. Unicode\u20282. Spite", "two things:\n1. Unicode\n2. Spite"],
  ["a\r\nb\rc", "a\nb\nc"],
  ["\ufeffWhere to?", "Where to?"],
  ["\udca9\ud83d", "��"],
];

Deno.test("fixText() gives the documented repairs", () => {
  for (const [text, want] of DOCUMENTED) assert.equal(fixText(text), want, text);
});

Deno.test("fixText() equals ftfy on random text that it changes", () => {
  const lines = fixtureLines<{ text: string; fixed: string }>("ftfy_cases");
  assert.ok(lines.length > 1000);
  for (const { text, fixed } of lines) assert.equal(fixText(text), fixed, JSON.stringify(text));
});

Deno.test("fixText() leaves good text in many scripts alone", () => {
  const good = [
    "",
    "plain",
    "Crème brûlée à l'ÉTÉ",
    "Ünïcödé",
    "東京タワー",
    "Привет",
    "👩‍👩‍👧",
  ];
  for (const text of good) assert.equal(fixText(text), text);
});

Deno.test("fixText() gives text that it would not change again, without line or control oddities", () => {
  const units = fc.array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 60 })
    .map((codes) => String.fromCharCode(...codes));
  fc.assert(
    fc.property(fc.oneof(units, fc.string({ unit: "binary" })), (text) => {
      const line = text.replaceAll("<", "").replaceAll("\n", "");
      const fixed = fixText(line);
      assert.equal(fixText(fixed), fixed);
      assert.ok(fixed.isWellFormed());
      assert.doesNotMatch(fixed, /[\r\x85\u2028\u2029\ufeff\u2018-\u201f]/);
    }),
    { numRuns: 1500, seed: 5 },
  );
});

Deno.test("fixText() undoes any number of layers of escaping in one line", () => {
  for (const layers of [1, 2, 3, 4, 5, 17, 50_000]) {
    assert.equal(fixText(`a &${"amp;".repeat(layers)}lt; b`), "a < b");
  }
});

Deno.test("fixText() stops unescaping after the first line with a '<'", () => {
  assert.equal(fixText("&amp;\n<i>\n&amp;"), "&\n<i>\n&amp;");
});

Deno.test("fixText() cuts lines of more than a million code points as the original does", () => {
  const cut = `${"😀".repeat(999_999)}Ã©`;
  assert.equal(fixText(cut), cut);
  const whole = `${"a".repeat(999_998)}Ã©`;
  assert.equal(fixText(whole), `${"a".repeat(999_998)}é`);
});
