import assert from "node:assert/strict";
import fc from "fast-check";
import { ClipError } from "../../../src/errors.ts";
import { executorPattern } from "../../../src/dialects/jina/executor_pattern.ts";

Deno.test("a name matches that begins as the expression says", () => {
  // As re.match of CPython 3.11.
  const cases: [pattern: string, name: string, matches: boolean][] = [
    ["small", "small", true],
    ["small", "small2", true],
    ["small$", "small2", false],
    ["mall", "small", false],
    ["l.*", "large", true],
    ["(small|large)$", "large", true],
    ["(?:a|b)+c{2,3}$", "ababcc", true],
    ["(?P<x>clip)_\\w+", "clip_t", true],
    ["clip[_-][a-z]", "clip-t", true],
    ["clip[^_]", "clip_t", false],
    ["^clip\\b", "clip_t", false],
    ["(?!large)", "small", true],
    ["(?!large)", "large", false],
    ["x?", "anything", true],
    ["clip\\.1", "clip.1", true],
    ["[\\d.]+$", "1.2", true],
    ["[]]", "]", true],
    ["a{,2}b", "aab", true],
    ["a|", "b", true],
  ];
  for (const [pattern, name, matches] of cases) {
    assert.equal(executorPattern(pattern)(name), matches, `${pattern} ${name}`);
  }
});

Deno.test("what is no expression is refused", () => {
  for (const pattern of ["(", ")", "[a", "*", "a**", "\\", "(?<=a)b", "(a)\\1", "a".repeat(201)]) {
    assert.throws(() => executorPattern(pattern), (error: unknown) => {
      assert.ok(error instanceof ClipError);
      assert.equal(error.kind, "not_found");
      assert.match(error.message, /targetExecutor/);
      return true;
    }, pattern);
  }
});

Deno.test("any expression matches as JavaScript's does, and none takes long", () => {
  const pattern = fc.string({ unit: fc.constantFrom(..."ab.*+?()|[]^$"), maxLength: 12 });
  fc.assert(
    fc.property(
      pattern,
      fc.string({ unit: fc.constantFrom("a", "b"), maxLength: 8 }),
      (text, name) => {
        let expected: boolean;
        let matches: (name: string) => boolean;
        try {
          // Python's and JavaScript's classes differ in what is empty.
          if (/\[\^?\]/.test(text) || text.includes("(?")) return;
          matches = executorPattern(text);
          expected = new RegExp(`^(?:${text})`).test(name);
        } catch (error) {
          assert.ok(error instanceof ClipError || error instanceof SyntaxError, String(error));
          return;
        }
        assert.equal(matches(name), expected, `${text} ${name}`);
      },
    ),
    { numRuns: 5000, seed: 4 },
  );
  const name = "a".repeat(128);
  for (const slow of ["(a*)*b", "((((a*)*)*)*)*b", "(a|aa)+$b", "(a?){1000}".repeat(15) + "b"]) {
    try {
      assert.equal(executorPattern(slow)(name), false);
    } catch (error) {
      assert.match((error as Error).message, /too many steps/);
    }
  }
});

Deno.test("repetitions of what takes nothing are counted", () => {
  for (const slow of ["(((){9999}){9999}){9999}", "((|){9999}){9999}", "((?=){9999}){9999}"]) {
    assert.throws(() => executorPattern(slow)("clip_t"), /too many steps/, slow);
  }
  assert.equal(executorPattern("(){99}clip")("clip_t"), true);
});
