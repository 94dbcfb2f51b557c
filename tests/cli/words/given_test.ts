import assert from "node:assert/strict";
import { ENCODE } from "../../../src/cli/commands/jobs.ts";
import { readGiven, usageFault } from "../../../src/cli/words/given.ts";
import { ClipError } from "../../../src/errors.ts";

const read = (...args: string[]) => readGiven(ENCODE, args, usageFault("encode"));

function refused(act: () => unknown, message: string): void {
  assert.throws(act, (thrown) => {
    assert.ok(thrown instanceof ClipError);
    assert.equal(thrown.kind, "config");
    assert.equal(thrown.message, `${message} (\`encode --help\` tells more)`);
    return true;
  });
}

Deno.test("readGiven() reads words, options with and without a value, and repeated ones", () => {
  const given = read("a", "--out=x", "--json", "-m", "demo", "b", "--server", "p", "--server=q");
  assert.deepEqual(given.words, ["a", "b"]);
  assert.equal(given.text("out"), "x");
  assert.equal(given.text("model"), "demo");
  assert.deepEqual(given.all("server"), ["p", "q"]);
  assert.ok(given.on("json") && !given.on("quiet"));
  assert.deepEqual(read("--", "--out").words, ["--out"]);
});

Deno.test("readGiven() takes choices whatever their case, and numbers in bounds", () => {
  assert.equal(read("--layout", "CLIP_Retrieval").text("layout"), "clip-retrieval");
  assert.equal(read("--batch-size", "7").whole("batch-size", 1, 9), 7);
  assert.equal(read().whole("batch-size", 1, 9), undefined);
});

Deno.test("readGiven() refuses what there is not, with the nearest right word", () => {
  refused(() => read("--formta", "npy"), "There is no option '--formta'; did you mean '--format'?");
  refused(() => read("--__proto__"), "There is no option '--__proto__'");
  refused(
    () => read("--format", "parket"),
    "--format must be npy, parquet, jsonl: received \"parket\"; did you mean 'parquet'?",
  );
  refused(() => read("--out"), "'--out' takes a value, DIR: got nothing");
  refused(() => read("--json=1"), "'--json' takes no value");
  refused(() => read("--out", "a", "-o", "b"), "'-o' is given twice");
  refused(() => read().checkWords(ENCODE), "An input is missing");
  refused(
    () => read("--batch-size", "0").whole("batch-size", 1, 9),
    '--batch-size takes a whole number from 1 to 9: received "0"',
  );
});
