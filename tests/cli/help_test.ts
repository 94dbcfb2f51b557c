import assert from "node:assert/strict";
import { helpText } from "../../src/cli/help.ts";
import { ENVIRONMENT } from "../../src/flow/environment.ts";

Deno.test("helpText() names options, flows, keys and variables, in lines of 100", () => {
  const text = helpText();
  const words = ["--stdin", "--version", "onnx-flow.yml", "minibatch_size", "allow_local_files"];
  for (const word of [...words, ...ENVIRONMENT.map(({ name }) => name)]) {
    assert.ok(text.includes(word), word);
  }
  assert.ok(text.endsWith("\n") && !text.endsWith("\n\n"));
  for (const line of text.split("\n")) assert.ok(line.length <= 100, line);
});
