import assert from "node:assert/strict";
import { scalingCommand } from "../../../bench/scaling/command.ts";
import { planText } from "../../../bench/scaling/plan/command.ts";

const KNOWN = ["a", "b"];

Deno.test("the simulation's words are read, and help is told apart", () => {
  assert.deepEqual(scalingCommand([], KNOWN), {
    seed: 1,
    tables: KNOWN,
    real: false,
    seconds: 30,
    write: false,
  });
  assert.deepEqual(scalingCommand(["--only", "b, a", "--seed", "0"], KNOWN)?.tables, ["b", "a"]);
  assert.equal(scalingCommand(["-h"], KNOWN), undefined);
});

Deno.test("what is wrong is said by its option, and nothing is simulated", () => {
  for (
    const [words, said] of [
      [["--seed", "x"], /^--seed x: expected a whole number/],
      [["--seed="], /^--seed : expected a whole number/],
      [["--seed", "1.5"], /^--seed 1\.5: /],
      [["--seed=-1"], /^--seed -1: /],
      [["--seed", "4294967296"], /^--seed 4294967296: /],
      [["--seconds", "abc", "--real"], /^--seconds abc: expected a number/],
      [["--only", "nope"], /there is no table 'nope': a, b/],
      [["--only="], /there is no table ''/],
      [["--foo"], /Unknown option '--foo'/],
    ] as [string[], RegExp][]
  ) assert.throws(() => scalingCommand(words, KNOWN), { message: said });
});

Deno.test("the calculator says how it is asked", () => {
  assert.match(planText(["--help"]), /^Usage: .*plan\.ts/);
});
