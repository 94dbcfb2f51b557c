import assert from "node:assert/strict";
import { parseShown, shownMismatch } from "./shown_json.ts";

const mismatch = (shown: string, real: unknown) => shownMismatch(parseShown(shown), real);

const AGREE: [shown: string, real: unknown][] = [
  ['{"a": [1, 2], "b": "x", "c": null, "d": true}', { a: [1, 2], b: "x", c: null, d: true }],
  ['{"a": 1, …}', { a: 1, b: 2 }],
  ["[1, …]", [1, 2, 3]],
  ["[…]", []],
  ["…", { any: "thing" }],
  ['{"a": …}', { a: [1] }],
  ['"abc…"', "abcdef"],
  ["0.64", 0.6352],
  ["-0.05", 0.04],
  ["[]", []],
  ["{}", {}],
  ["1e3", 1000],
];

const DIFFER: [shown: string, real: unknown, where: RegExp][] = [
  ['{"a": 1}', { a: 1, b: 2 }, /^\$\.b: is not shown/],
  ['{"a": 1, "b": 2, …}', { a: 1 }, /^\$\.b: is not there/],
  ["[1, 2]", [1, 2, 3], /^\$: shown 2 elements, really 3/],
  ["[1, 2, …]", [1], /shown 2 elements or more, really 1/],
  ["[[1], [2]]", [[1], [3]], /^\$\[1\]\[0\]: shown 2, really 3/],
  ['"abc…"', "abd", /shown "abc…", really "abd"/],
  ['"abc"', "abcd", /really "abcd"/],
  ["0.64", 0.53, /shown 0.64, really 0.53/],
  ["1", 1.05, /shown 1, really 1.05/],
  ["1", "1", /really "1"/],
  ["null", {}, /shown null/],
  ["{}", [], /really \[\]/],
  ["[]", {}, /really \{\}/],
];

Deno.test("shownMismatch() finds nothing where the page is true", () => {
  for (const [shown, real] of AGREE) assert.equal(mismatch(shown, real), undefined, shown);
});

Deno.test("shownMismatch() says where the page is wrong", () => {
  for (const [shown, real, where] of DIFFER) assert.match(mismatch(shown, real)!, where, shown);
});

Deno.test("parseShown() refuses what is no shortened JSON", () => {
  for (const text of ["", "{", "[1 2]", '{"a"}', "{1: 2}", "[1] 2", "nul", "'a'"]) {
    assert.throws(() => parseShown(text), SyntaxError, text);
  }
});
