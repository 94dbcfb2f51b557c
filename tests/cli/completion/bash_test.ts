/** Completion as bash itself does it. */
import assert from "node:assert/strict";
import { bashCompletion } from "../../../src/cli/completion/bash.ts";
import { bulkSamples } from "../../support/bulk_samples.ts";
import { runShell } from "./shell.ts";

/** What bash offers for a line, as its own completion calls a function for it. */
async function offered(line: string, cwd?: string): Promise<string[]> {
  const words = line.split(" ");
  const script = `${bashCompletion()}
COMP_LINE='${line}' COMP_POINT=${line.length} COMP_CWORD=${words.length - 1}
COMP_WORDS=(${words.map((word) => `'${word}'`).join(" ")})
_clipline
printf '%s\\n' "\${COMPREPLY[@]}"`;
  return (await runShell(["bash", "-c", script], cwd)).split("\n").filter((each) => each !== "");
}

Deno.test("bash completes commands, options and what they may be", async () => {
  assert.deepEqual(await offered("clipline enc"), ["encode"]);
  assert.deepEqual(await offered("clipline model ver"), ["verify"]);
  assert.deepEqual(await offered("clipline encode x --form"), ["--format"]);
  assert.deepEqual(await offered("clipline encode x --format "), ["npy", "parquet", "jsonl"]);
  assert.deepEqual(await offered("clipline encode x --format=par"), ["parquet"]);
  assert.deepEqual(await offered("clipline model list --family sig"), ["siglip", "siglip2"]);
  assert.deepEqual(await offered("clipline completion f"), ["fish"]);
  assert.ok((await offered("clipline --")).includes("--port"));
  assert.ok((await offered("clipline rank a b --")).includes("--plain"));
});

Deno.test("bash completes models past their colons, flows, files and folders", async () => {
  assert.deepEqual(await offered("clipline encode x --model dem"), ["demo"]);
  // Bash replaces what follows the last colon.
  assert.ok((await offered("clipline encode x --model ViT-B-32::open")).includes("openai"));
  assert.deepEqual(await offered("clipline serve demo"), ["demo-flow.yml"]);
  await using samples = await bulkSamples();
  await Deno.mkdir(samples.path("my photos"));
  assert.deepEqual((await offered("clipline encode cap", samples.folder)).sort(), [
    "captions.csv",
    "captions.txt",
  ]);
  assert.deepEqual(await offered("clipline encode x --out p", samples.folder), ["photos"]);
  assert.deepEqual(await offered("clipline encode my", samples.folder), ["my photos"]);
});

Deno.test("bash knows the function by the program's name", async () => {
  const told = await runShell(["bash", "-c", `${bashCompletion()}\ncomplete -p clipline`]);
  assert.equal(told.trim(), "complete -F _clipline clipline");
});
