import assert from "node:assert/strict";
import fc from "fast-check";
import { unescapeHtml } from "../../../../src/model/tokenizer/html/unescape.ts";

// Every expected value is what html.unescape of Python 3.11 gives.
const KNOWN: [string, string][] = [
  ["no reference", "no reference"],
  ["&amp;lt;", "&lt;"],
  ["&lt;b&gt; &quot;&apos;&#39;&#x27;", "<b> \"'''"],
  ["&notit; &notin; &not", "¬it; ∉ ¬"],
  ["&ampx &copyright &eacutes", "&x ©right és"],
  ["&ltimes;&ltime", "⋉<ime"],
  ["&nosuch; &EACUTE; &x; & &; &#; &#x; &#xg;", "&nosuch; &EACUTE; &x; & &; &#; &#x; &#xg;"],
  ["&#0;&#x0;|&#xD800;|&#x110000;|&#99999999999999999999;", "\ufffd\ufffd|\ufffd|\ufffd|\ufffd"],
  ["&#128;&#x85;&#150;&#129;", "€…–\x81"],
  ["&#1;&#11;&#127;&#xFFFE;&#x1FFFF;&#xFDD0;", ""],
  ["&#9;&#10;&#12;&#13;", "\t\n\f\r"],
  ["&#65&#x42C &#67 &#X44;", "AЬ C D"],
  ["&fjlig; &NotEqualTilde; &Afr;", "fj ≂̸ 𝔄"],
  ["&CounterClockwiseContourIntegral;", "∳"],
  ["&amp&amp;&&amp;", "&&&&"],
  [`&${"a".repeat(40)};`, `&${"a".repeat(40)};`],
];

Deno.test("unescapeHtml() replaces references as Python does", () => {
  for (const [text, want] of KNOWN) assert.equal(unescapeHtml(text), want, text);
});

Deno.test("unescapeHtml() leaves text without an ampersand alone, whatever it is", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (text) => {
      const clean = text.replaceAll("&", "+");
      assert.equal(unescapeHtml(clean), clean);
    }),
    { numRuns: 300, seed: 3 },
  );
});
