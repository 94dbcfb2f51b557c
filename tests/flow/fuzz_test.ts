/** Whatever is given as a flow, it is read or refused with a FlowError, and nothing else happens. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { stringify } from "yaml";
import { loadFlow } from "../../src/flow/load.ts";
import { FlowError } from "../../src/flow/problem.ts";
import { SECTIONS } from "../../src/flow/section.ts";

const RUNS = { seed: 20261122, numRuns: 400 };

function readOrRefuse(text: string): void {
  let config;
  try {
    config = loadFlow({ text, name: "f.yml" }, { A: "1", B: "[x, y]" }, { cwd: "/" });
  } catch (thrown) {
    if (!(thrown instanceof FlowError)) throw thrown;
    const lines = text.split("\n").length;
    assert.ok(thrown.problems.length > 0);
    for (const { line, column, message } of thrown.problems) {
      assert.ok(line >= 1 && line <= lines + 1, `line ${line} of ${lines}`);
      assert.ok(column >= 1);
      assert.match(message, /; (expected|did you mean)|expected under/s);
    }
    return;
  }
  assert.ok(config.executors.length > 0);
  assert.ok(config.gateway.listeners.length > 0);
}

const names = [
  ...new Set(SECTIONS.flatMap((shape) => [
    ...Object.keys(shape.keys),
    ...Object.keys(shape.parts),
    ...shape.ignored.slice(0, 3),
  ])),
];

const key = fc.oneof(
  { weight: 8, arbitrary: fc.constantFrom(...names) },
  { weight: 1, arbitrary: fc.constantFrom("__proto__", "constructor", "<<", "", "toString") },
  { weight: 1, arbitrary: fc.string() },
);
const scalar = fc.oneof(
  fc.constantFrom<unknown>(
    null,
    true,
    0,
    -1,
    51000,
    1e300,
    NaN,
    "",
    "fp32",
    "grpc",
    "cuda:0",
    "@r",
  ),
  fc.constantFrom(
    "$A",
    "${{ ENV.B }}",
    "${{root.with}}",
    "${{this.name}}",
    "CLIPEncoder",
    "[a",
    "~/x",
  ),
  fc.string(),
  fc.double(),
);
const { node } = fc.letrec((tie) => ({
  node: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    scalar,
    fc.array(tie("node"), { maxLength: 4 }),
    fc.dictionary(key, tie("node"), { maxKeys: 6 }),
  ),
}));
/** Near enough to a flow that validation gets deep into it. */
const almostFlow = fc.record({
  jtype: fc.constantFrom<unknown>("Flow", "flow", 3),
  with: fc.dictionary(key, node, { maxKeys: 6 }),
  executors: fc.array(
    fc.record({
      name: scalar,
      uses: fc.record({
        jtype: fc.constantFrom("CLIPEncoder", "AnnLiteIndexer"),
        with: fc.dictionary(key, node, { maxKeys: 6 }),
        metas: fc.dictionary(key, node, { maxKeys: 3 }),
      }, { requiredKeys: [] }),
      uses_with: node,
      env: node,
    }, { requiredKeys: ["uses"] }),
    { maxLength: 3 },
  ),
}, { requiredKeys: ["executors"] });

Deno.test("loadFlow() reads or refuses any structure", () => {
  fc.assert(fc.property(node, (value) => readOrRefuse(stringify(value))), RUNS);
});

Deno.test("loadFlow() reads or refuses anything that is nearly a flow", () => {
  fc.assert(fc.property(almostFlow, (value) => readOrRefuse(stringify(value))), RUNS);
});

Deno.test("loadFlow() reads or refuses any text", () => {
  const text = fc.string({ unit: fc.constantFrom(..."ab:-[]{}&*!|>'\"#%@`,? \n\t\\$~<.0") });
  fc.assert(fc.property(text, readOrRefuse), { ...RUNS, numRuns: 2000 });
});

Deno.test("loadFlow() reads or refuses a flow with pieces cut out or put in", () => {
  const flow = Deno.readTextFileSync(new URL("../../flows/search-flow.yml", import.meta.url));
  const edit = fc.tuple(
    fc.nat(flow.length),
    fc.nat(30),
    fc.constantFrom("", "\n", ": ", "- ", "[", "}", "&a ", "*a", "!x ", "\t", "---\n", "\0", "é"),
  );
  fc.assert(
    fc.property(fc.array(edit, { minLength: 1, maxLength: 4 }), (edits) => {
      let text = flow;
      for (const [at, length, put] of edits) {
        text = text.slice(0, at) + put + text.slice(at + length);
      }
      readOrRefuse(text);
    }),
    { ...RUNS, numRuns: 1000 },
  );
});
