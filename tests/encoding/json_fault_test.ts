import assert from "node:assert/strict";
import fc from "fast-check";
import { findJsonFault as find } from "../../src/encoding/json_fault.ts";
import { atOnce, Slices } from "../../src/encoding/slices.ts";

function findJsonFault(text: string) {
  return atOnce(find(new TextEncoder().encode(text), new Slices()));
}

Deno.test("findJsonFault() says where and why, in Python's words", () => {
  // The right-hand sides are json.loads' of CPython 3.11.
  const cases: [string, string][] = [
    ["", "Expecting value: line 1 column 1 (char 0)"],
    ['{"data":[}', "Expecting value: line 1 column 10 (char 9)"],
    ["{", "Expecting property name enclosed in double quotes: line 1 column 2 (char 1)"],
    ["{'a':1}", "Expecting property name enclosed in double quotes: line 1 column 2 (char 1)"],
    ['{"a" 1}', "Expecting ':' delimiter: line 1 column 6 (char 5)"],
    ['{"a":1 "b":2}', "Expecting ',' delimiter: line 1 column 8 (char 7)"],
    ["[1 2]", "Expecting ',' delimiter: line 1 column 4 (char 3)"],
    ["[1,\n2,\n]", "Expecting value: line 3 column 1 (char 7)"],
    ['["abc', "Unterminated string starting at: line 1 column 2 (char 1)"],
    ['["a\tb"]', "Invalid control character at: line 1 column 4 (char 3)"],
    ['{"a":1} x', "Extra data: line 1 column 9 (char 8)"],
    ["truth", "Expecting value: line 1 column 1 (char 0)"],
    ["01", "Extra data: line 1 column 2 (char 1)"],
  ];
  for (const [text, message] of cases) assert.equal(findJsonFault(text)?.message, message, text);
});

Deno.test("findJsonFault() finds a fault exactly where JSON.parse does", () => {
  const damage = fc.tuple(
    fc.json(),
    fc.nat(),
    fc.constantFrom('"', "}", "]", ",", "\\", "1", "\n"),
  );
  fc.assert(
    fc.property(fc.oneof(fc.json(), damage), (given) => {
      let text: string;
      if (typeof given === "string") text = given;
      else {
        const at = given[1] % (given[0].length + 1);
        text = given[0].slice(0, at) + given[2] + given[0].slice(at + (given[1] % 3));
      }
      let valid = true;
      try {
        JSON.parse(text);
      } catch {
        valid = false;
      }
      const fault = findJsonFault(text);
      assert.equal(fault === undefined, valid, text);
      if (fault) assert.ok(fault.position >= 0 && fault.position <= text.length);
    }),
    { numRuns: 2000, seed: 11 },
  );
});

Deno.test("findJsonFault() survives any depth", () => {
  const depth = 1_000_000;
  assert.equal(findJsonFault("[".repeat(depth))?.position, depth);
  assert.equal(findJsonFault("[".repeat(depth) + "]".repeat(depth)), undefined);
});
