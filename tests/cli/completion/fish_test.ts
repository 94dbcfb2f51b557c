/** Completion as fish itself does it. */
import assert from "node:assert/strict";
import { fishCompletion } from "../../../src/cli/completion/fish.ts";
import { bulkSamples } from "../../support/bulk_samples.ts";
import { runShell } from "./shell.ts";

/** What fish offers for a line. */
async function offered(line: string, cwd?: string): Promise<string[]> {
  const script = `${fishCompletion()}\ncomplete -C '${line}'`;
  const printed = await runShell(["fish", "--no-config", "-c", script], cwd);
  return printed.split("\n").filter((each) => each !== "").map((each) => each.split("\t")[0]!);
}

Deno.test("fish completes commands, options and what they may be", async () => {
  assert.deepEqual(await offered("clipline enc"), ["encode"]);
  assert.deepEqual(await offered("clipline model ver"), ["verify"]);
  assert.deepEqual(await offered("clipline encode x --form"), ["--format"]);
  assert.deepEqual(await offered("clipline encode x --format "), ["jsonl", "npy", "parquet"]);
  assert.deepEqual(await offered("clipline encode x --format=par"), ["--format=parquet"]);
  assert.deepEqual(await offered("clipline model list --family siglip"), ["siglip", "siglip2"]);
  assert.deepEqual(await offered("clipline completion f"), ["fish"]);
  assert.ok((await offered("clipline --")).includes("--port"));
  assert.ok((await offered("clipline rank a b --")).includes("--plain"));
  assert.ok(!(await offered("clipline rank a b --")).includes("--port"));
});

Deno.test("fish completes models, flows, files and folders", async () => {
  assert.deepEqual(await offered("clipline encode x --model dem"), ["demo"]);
  assert.deepEqual(await offered("clipline encode x --model ViT-B-32::opena"), [
    "ViT-B-32::openai",
  ]);
  assert.ok((await offered("clipline serve demo")).includes("demo-flow.yml"));
  await using samples = await bulkSamples();
  assert.deepEqual(await offered("clipline encode cap", samples.folder), [
    "captions.csv",
    "captions.txt",
  ]);
  assert.deepEqual(await offered("clipline encode x --out p", samples.folder), ["photos/"]);
});
