import assert from "node:assert/strict";
import { toPlain } from "../../src/flow/node.ts";
import { Report } from "../../src/flow/problem.ts";
import { MAX_FLOW_BYTES, parseYamlTree } from "../../src/flow/yaml_tree.ts";

function parse(text: string) {
  const report = new Report("f.yml");
  const tree = parseYamlTree(text, report);
  return {
    tree,
    plain: tree === undefined ? undefined : JSON.parse(JSON.stringify(toPlain(tree))),
    problems: report.problems.map(({ line, column, key, message }) =>
      `${line}:${column}: ${key}: ${message}`
    ),
  };
}

Deno.test("parseYamlTree() keeps values, paths and places", () => {
  const { tree, plain } = parse("a: 1\nb:\n  - x: ü\n    'y z': 007\n  - !!str 5\n");
  assert.deepEqual(plain, { a: 1, b: [{ x: "ü", "y z": 7 }, "5"] });
  const list = tree!.entries.get("b")!.node;
  assert.ok(list.kind === "list");
  const first = list.items[0]!;
  assert.ok(first.kind === "map");
  const entry = first.entries.get("y z")!;
  assert.deepEqual(entry.keyAt, { line: 4, column: 5 });
  assert.ok(entry.node.kind === "scalar");
  assert.deepEqual(entry.node.at, { line: 4, column: 12 });
  assert.equal(entry.node.path, "b[0].y z");
  assert.equal(entry.node.text, "007");
});

Deno.test("parseYamlTree() counts columns in files with CRLF and tabs in texts", () => {
  const { tree } = parse('a:\r\n  b: "\t"\r\n  c: 3\r\n');
  const a = tree!.entries.get("a")!.node;
  assert.ok(a.kind === "map");
  assert.deepEqual(a.entries.get("c")!.node.at, { line: 3, column: 6 });
});

Deno.test("parseYamlTree() expands aliases and merge keys", () => {
  const { plain, problems } = parse(
    "base: &b {x: 1, y: 2}\nsame: *b\nmore:\n  <<: *b\n  y: 3\ntwo: {<<: [*b, {z: 4}]}\n",
  );
  assert.deepEqual(problems, []);
  assert.deepEqual(plain, {
    base: { x: 1, y: 2 },
    same: { x: 1, y: 2 },
    more: { y: 3, x: 1 },
    two: { x: 1, y: 2, z: 4 },
  });
});

Deno.test("parseYamlTree() lets an alias mean the last anchor before it", () => {
  const { plain } = parse("a: &x [&y 1]\nb: &y 2\nc: *x\nd: *y\n&k e: *k\n");
  assert.deepEqual(plain, { a: [1], b: 2, c: [1], d: 2, e: "e" });
  assert.match(parse("a: *x\nb: &x 1\n").problems[0]!, /x/);
});

Deno.test("parseYamlTree() refuses what is no single, finite, plain document", () => {
  const bomb = Array.from(
    { length: 10 },
    (_, level) =>
      `l${level}: &a${level} [${Array(9).fill(level === 0 ? "x" : `*a${level - 1}`).join(", ")}]`,
  ).join("\n");
  const table: [name: string, text: string, problem: RegExp][] = [
    ["empty", "", /^1:1: : the file holds nothing \(the file is empty\); expected a mapping/],
    ["comments only", "# none\n\n", /the file holds nothing/],
    ["a list", "- a\n", /^1:1: : the file holds a list; expected a mapping with 'jtype: Flow'/],
    ["a text", "hello", /^1:1: : the file holds a single value/],
    ["two documents", "a: 1\n---\nb: 2\n", /^2:1: : a second YAML document starts here/],
    ["a bomb", bomb, /aliases expand to more than 20000 values/],
    ["a loop", "a: &a [*a]\n", /nested too deeply; expected at most 32 levels/],
    ["deep nesting", `a: ${"[".repeat(40)}${"]".repeat(40)}`, /nested too deeply/],
    ["very deep nesting", "[".repeat(100_000), /^1:1: : nested too deeply/],
    ["deep lists in lines", "- ".repeat(50_000), /^1:1: : nested too deeply/],
    ["an alias of nothing", "a: *gone\n", /gone/],
    ["a foreign tag", "a: !!python/object:os.system x\n", /^1:\d+: a: the tag '.*' is not known/],
    ["a NUL", "a: 1\nb: x\0y\n", /^2:5: : a NUL character stands here/],
    ["a tab as indentation", "a:\n\tb: 1\n", /^2:\d: : not valid YAML/],
    ["an open quote", "a: 'x\n", /not valid YAML/],
    ["an open list", "a: [1, 2\nb: 3\n", /not valid YAML/],
    ["too much", "#".repeat(MAX_FLOW_BYTES + 1), /the file has 262145 characters/],
    ["HTML", "<!DOCTYPE html>\n<html><body>404</body></html>", /holds a single value|not valid/],
  ];
  for (const [name, text, problem] of table) {
    const { problems, tree } = parse(text);
    assert.ok(problems.length >= 1, name);
    assert.match(problems[0]!, problem, name);
    assert.ok(tree === undefined || name === "a foreign tag", name);
  }
});

Deno.test("parseYamlTree() reports every duplicate key and goes on with the first", () => {
  const { plain, problems } = parse("a: 1\nb: {x: 1, x: 2}\na: 3\n'a': 4\n");
  assert.deepEqual(plain, { a: 1, b: { x: 1 } });
  assert.deepEqual(problems, [
    "2:11: b.x: the key stands twice, first in line 2; expected it once",
    "3:1: a: the key stands twice, first in line 1; expected it once",
    "4:1: a: the key stands twice, first in line 1; expected it once",
  ]);
});

Deno.test("parseYamlTree() refuses keys that are collections", () => {
  const { problems } = parse("a: 1\n? [x, y]\n: 2\n");
  assert.deepEqual(problems, [
    "2:3: : a key is a collection or missing; expected a name before ':'",
  ]);
});

Deno.test("parseYamlTree() reads tags as jtype where a mapping stands", () => {
  assert.deepEqual(parse("!Flow\nuses: !CLIPEncoder\n  with: {}\nnone: !CLIPEncoder\n").plain, {
    jtype: "Flow",
    uses: { jtype: "CLIPEncoder", with: {} },
    none: { jtype: "CLIPEncoder" },
  });
});

Deno.test("parseYamlTree() reads dates and bytes of YAML 1.1 as texts", () => {
  const { plain } = parse("%YAML 1.1\n---\na: 2001-12-14\nb: !!str yes\n");
  assert.deepEqual(plain, { a: "2001-12-14", b: "yes" });
});
