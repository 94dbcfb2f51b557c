/** Reading flows from texts in tests. */
import assert from "node:assert/strict";
import type { FlowConfig } from "../../src/flow/config.ts";
import { loadFlow, type LoadOptions } from "../../src/flow/load.ts";
import { FlowError } from "../../src/flow/problem.ts";

/** Loads a flow from a text called `flow.yml`. */
export function load(
  text: string,
  env: Record<string, string> = {},
  options: LoadOptions = {},
): FlowConfig {
  return loadFlow({ text, name: "flow.yml" }, env, options);
}

/** The lines of the error that loading `text` must end with. */
export function errorsOf(
  text: string,
  env: Record<string, string> = {},
  options: LoadOptions = {},
): string[] {
  try {
    load(text, env, options);
  } catch (thrown) {
    assert.ok(thrown instanceof FlowError, `expected a FlowError, got ${thrown}`);
    assert.equal(thrown.kind, "config");
    assert.equal(thrown.message.split("\n").length, thrown.problems.length);
    return thrown.message.split("\n");
  }
  throw new assert.AssertionError({ message: `expected an error for:\n${text}` });
}

/** A flow whose encoder has these lines under `uses.with`. */
export function withEncoder(lines: string): string {
  const indented = lines.split("\n").map((line) => `        ${line}`).join("\n");
  return `jtype: Flow
executors:
  - name: clip
    uses:
      jtype: CLIPEncoder
      with:
${indented}
`;
}

/** A flow with an encoder `clip` and an indexer `index`, which has these lines under `uses.with`. */
export function withIndexer(lines: string, entry = ""): string {
  const indent = (text: string, by: string) =>
    text.split("\n").filter((line) => line !== "").map((line) => `${by}${line}\n`).join("");
  return `jtype: Flow
executors:
  - {name: clip, uses: CLIPEncoder}
  - name: index
${indent(entry, "    ")}    uses:
      jtype: AnnLiteIndexer
      with:
${indent(lines, "        ")}`;
}

/** A flow whose gateway has these lines under `with`. */
export function withGateway(lines: string): string {
  const indented = lines.split("\n").map((line) => `  ${line}`).join("\n");
  return `jtype: Flow
with:
${indented}
executors:
  - uses: CLIPEncoder
`;
}
