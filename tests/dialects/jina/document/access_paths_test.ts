import assert from "node:assert/strict";
import fc from "fast-check";
import { ClipError } from "../../../../src/errors.ts";
import {
  parseAccessPaths,
  selectDocuments,
} from "../../../../src/dialects/jina/document/access_paths.ts";
import type { Document } from "../../../../src/dialects/jina/document/document.ts";

const TREE: Document[] = ["a", "b", "c"].map((id) => ({
  id,
  chunks: ["0", "1"].map((n) => ({
    id: `${id}.c${n}`,
    chunks: [{ id: `${id}.c${n}.c0` }],
    matches: [{ id: `${id}.c${n}.m0` }],
  })),
  matches: ["0", "1", "2"].map((n) => ({ id: `${id}.m${n}` })),
}));

function ids(paths: string): string {
  const selected = selectDocuments(TREE, parseAccessPaths(paths));
  assert.ok(Array.isArray(selected), "a few are selected at once");
  return selected.map((doc) => doc.id).join(" ");
}

const SELECTED: [string, string][] = [
  ["@r", "a b c"],
  ["@c", "a.c0 a.c1 b.c0 b.c1 c.c0 c.c1"],
  ["@rc", "a.c0 a.c1 b.c0 b.c1 c.c0 c.c1"],
  ["@m[0]", "a.m0 b.m0 c.m0"],
  ["@m[-1]", "a.m2 b.m2 c.m2"],
  ["@m0", "a.m0 b.m0 c.m0"],
  ["@r[:2]", "a b"],
  ["@r[1:]", "b c"],
  ["@r:2", "a b"],
  ["@r[::2]", "a c"],
  ["@r[::-1]", "c b a"],
  ["@r[-2:]", "b c"],
  ["@r[5:1:-2]", "c"],
  ["@r[9:]", ""],
  ["@r[0]m[1:]", "a.m1 a.m2"],
  ["@ r [0] c , r [1] ", "a.c0 a.c1 b"],
  ["@cc", "a.c0.c0 a.c1.c0 b.c0.c0 b.c1.c0 c.c0.c0 c.c1.c0"],
  ["@r[2]cm", "c.c0.m0 c.c1.m0"],
  ["@mc", ""],
  ["@r[0],r[0]", "a"],
  ["@r[1],r", "b a c"],
  ["@r,r,c,r[:1]", "a b c a.c0 a.c1 b.c0 b.c1 c.c0 c.c1"],
  ["@rrrr", "a b c"],
];

for (const [paths, expected] of SELECTED) {
  Deno.test(`selectDocuments() of '${paths}' gives '${expected}'`, () => {
    assert.equal(ids(paths), expected);
  });
}

const REFUSED: [string, RegExp][] = [
  ["r", /do not start with '@'; document ids are not supported: received 'r'/],
  ["", /do not start with '@'/],
  ["@", /there is an empty path/],
  ["@r,", /there is an empty path/],
  ["@x", /'x' is neither r, c, m nor a slice/],
  ["@r[", /'\[' is neither/],
  ["@r[]", /'\[\]' is neither/],
  ["@r[1:2:3:4]", /'\[1:2:3:4\]' is not a slice/],
  ["@r[1--2]", /is not a slice/],
  ["@r[::0]", /a slice step is zero/],
  ["@.[image]", /attribute selectors are not supported/],
  ["@r.image", /attribute selectors are not supported/],
  ["@r,@m", /'@m' is neither/],
  ["@" + Array.from({ length: 17 }, (_, i) => `r${i}`).join(","), /17 paths where 16 are allowed/],
  ["@" + "c".repeat(101), /more than 100 steps/],
  ["@" + "c".repeat(2000), /longer than 1000 characters/],
];

for (const [paths, message] of REFUSED) {
  Deno.test(`parseAccessPaths() refuses '${paths.slice(0, 20)}'`, () => {
    assert.throws(() => parseAccessPaths(paths), (error: unknown) => {
      assert.ok(error instanceof ClipError);
      assert.equal(error.kind, "invalid");
      assert.match(error.message, message);
      return true;
    });
  });
}

Deno.test("parseAccessPaths() parses any text or throws a ClipError", () => {
  const text = fc.string({ unit: fc.constantFrom(..."@rcm[]:-0129, .x"), maxLength: 15 });
  fc.assert(
    fc.property(text, (paths) => {
      try {
        selectDocuments(TREE, parseAccessPaths(`@${paths}`));
      } catch (error) {
        assert.ok(error instanceof ClipError, String(error));
      }
    }),
    { numRuns: 2000, seed: 5 },
  );
});

Deno.test("a slice selects what Python's slice selects", () => {
  // Written out by walking every index, unlike the implementation.
  const bound = fc.option(fc.integer({ min: -6, max: 6 }), { nil: undefined });
  fc.assert(
    fc.property(bound, bound, fc.constantFrom(-3, -2, -1, 1, 2, 3), (start, stop, step) => {
      const n = TREE.length;
      const at = (i: number) => i < 0 ? i + n : i;
      const indices = [];
      if (step > 0) {
        const from = Math.max(start === undefined ? 0 : at(start), 0);
        for (let i = 0; i < n; i++) {
          if (i >= from && (stop === undefined || i < at(stop)) && (i - from) % step === 0) {
            indices.push(i);
          }
        }
      } else {
        const from = Math.min(start === undefined ? n - 1 : at(start), n - 1);
        for (let i = n - 1; i >= 0; i--) {
          if (i <= from && (stop === undefined || i > at(stop)) && (from - i) % -step === 0) {
            indices.push(i);
          }
        }
      }
      const paths = `@r[${start ?? ""}:${stop ?? ""}:${step}]`;
      assert.equal(ids(paths), indices.map((i) => TREE[i]!.id).join(" "), paths);
    }),
    { numRuns: 500, seed: 6 },
  );
});
