import assert from "node:assert/strict";
import fc from "fast-check";
import { expandBraces } from "../../../src/bulk/inputs/paths/braces.ts";
import { isGlob, parseGlob } from "../../../src/bulk/inputs/paths/glob.ts";
import { SortedNames } from "../../../src/bulk/inputs/paths/sorted_names.ts";
import { PathList } from "../../../src/bulk/inputs/images/path_list.ts";
import { shardOf } from "../../../src/bulk/inputs/shard.ts";
import { openInputs } from "../../../src/bulk/inputs/open_inputs.ts";
import { inFolder, JPEG, keysOf, rowsOf } from "./read_rows.ts";

Deno.test("braces stand for what they do in shells", () => {
  const cases: [string, string[]][] = [
    ["{00008..00010}.tar", ["00008.tar", "00009.tar", "00010.tar"]],
    ["{2..0}", ["2", "1", "0"]],
    ["a{b,c{1..2},}d", ["abd", "ac1d", "ac2d", "ad"]],
    ["{a}{b..c}{", ["{a}{b..c}{"]],
    ["{x}{1,2}", ["{x}1", "{x}2"]],
    ["plain", ["plain"]],
  ];
  for (const [argument, words] of cases) assert.deepEqual(expandBraces(argument), words);
  assert.throws(() => expandBraces("{1..999}{1..999}"), { kind: "config" });
});

Deno.test("patterns match as in shells", () => {
  const cases: [string, string, boolean][] = [
    ["x/*.jpg", "a.jpg", true],
    ["x/*.jpg", "b/a.jpg", false],
    ["x/*.jpg", ".a.jpg", false],
    ["x/.*.jpg", ".a.jpg", true],
    ["x/**/*.jpg", "a.jpg", true],
    ["x/**/*.jpg", "b/c/a.jpg", true],
    ["x/**/*.jpg", "b/.c/a.jpg", false],
    ["x/**", "b/c", true],
    ["x/[!a-c]?.[tx]*", "dé.tar", true],
    ["x/[!a-c]?.[tx]*", "bé.tar", false],
    ["x/[]^]", "]", true],
    ["x/[z-a]", "z", false],
    ["x/[", "[", true],
    ["x/*.(a|b)+$", "1.(a|b)+$", true],
    ["x/*.(a|b)+$", "1.a", false],
  ];
  for (const [pattern, path, matches] of cases) {
    assert.equal(parseGlob(pattern).matches(path), matches, `${pattern} ${path}`);
  }
  assert.equal(parseGlob("/a/b*/c").base, "/a");
  assert.equal(parseGlob("/*").base, "/");
  assert.equal(parseGlob("*").base, "");
});

Deno.test("any argument is a pattern that answers", () => {
  const letters = fc.constantFrom(
    "*",
    "?",
    "[",
    "]",
    "!",
    "-",
    "/",
    "a",
    "{",
    "}",
    "\\",
    ".",
    "😀",
  );
  fc.assert(fc.property(fc.string({ unit: letters, maxLength: 12 }), (argument) => {
    if (isGlob(argument)) assert.equal(typeof parseGlob(argument).matches("a/b"), "boolean");
  }));
});

Deno.test("names are sorted and kept, however many", () => {
  const names = new SortedNames();
  const all = Array.from({ length: 200_000 }, (_, i) => `${i * 7919 % 200_003} é`);
  for (const name of all) names.add(name);
  assert.deepEqual([...names.names()], all.sort());
  const list = new PathList();
  for (const name of all.slice(0, 3000)) list.append(name);
  assert.deepEqual([...list.paths()], all.slice(0, 3000));
});

Deno.test("shards of a folder: each row in one, about as many in each, the same at every run", async () => {
  const names = Array.from({ length: 400 }, (_, i) => `${i}.jpg`);
  await inFolder(Object.fromEntries(names.map((name) => [name, JPEG])), async (folder) => {
    const input = await openInputs([folder]);
    const all: string[] = [];
    for (let k = 1; k <= 4; k++) {
      const shard = shardOf(input, k, 4);
      const keys = keysOf(await rowsOf(shard));
      assert.equal(shard.count, keys.length);
      assert.ok(keys.length > 70 && keys.length < 130, `${keys.length}`);
      assert.deepEqual(
        keysOf(await rowsOf(shardOf(await openInputs([folder]), k, 4), 9)),
        keys.slice(9),
      );
      all.push(...keys);
    }
    assert.deepEqual(all.sort(), names.sort());
    // Jobs that are under way depend on which rows are whose.
    assert.deepEqual(keysOf(await rowsOf(shardOf(input, 1, 100))), FIRST_OF_100);
    for (const [k, n] of [[0, 4], [5, 4], [1.5, 4], [1, 0]] as const) {
      assert.throws(() => shardOf(input, k, n), { kind: "config" });
    }
  });
});

const FIRST_OF_100 = ["173.jpg", "211.jpg", "250.jpg", "342.jpg", "59.jpg"];
