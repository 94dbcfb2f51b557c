/** That every example of every `--help` does what it says. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Example } from "../../../src/cli/commands/command.ts";
import { COMMANDS } from "../../../src/cli/commands/table.ts";
import { bulkSamples } from "../../support/bulk_samples.ts";
import { startSearchServer } from "../../support/search_server.ts";
import { Program } from "../../support/process.ts";

const ROOT = fileURLToPath(new URL("../../../", import.meta.url));

const DENO_DIR = Deno.env.get("DENO_DIR") ?? join(Deno.env.get("HOME") ?? "", ".cache/deno");

const EXAMPLES: Example[] = COMMANDS.flatMap(({ examples, commands = [] }) => [
  ...examples,
  ...commands.flatMap((below) => below.examples),
]);

/** The program under its name, in a shell. */
async function run(
  line: string,
  cwd: string,
  env: Record<string, string> = {},
): Promise<{ code: number; out: string; err: string }> {
  const start = `'${Deno.execPath()}' run -A --no-check '${join(ROOT, "main.ts")}'`;
  const command = new Deno.Command("sh", {
    args: ["-c", `clipline() { ${start} "$@"; }\nclipline ${line}`],
    cwd,
    // Deno's own cache stays where it is, whatever the home.
    env: { NO_COLOR: "1", DENO_DIR, ...env },
    stdin: "null",
  });
  const { code, stdout, stderr } = await command.output();
  const decoder = new TextDecoder();
  return { code, out: decoder.decode(stdout), err: decoder.decode(stderr) };
}

Deno.test("every example of a command ends well", async (test) => {
  await using samples = await bulkSamples();
  await using server = await startSearchServer({ port: [0], protocol: ["grpc"] });
  await Deno.mkdir(samples.path("checkpoint"));
  for (const name of ["model.safetensors.gz", "config.json"]) {
    await Deno.copyFile(join(ROOT, "models/demo", name), samples.path(`checkpoint/${name}`));
  }
  for (const shard of [1, 2]) {
    const line = `encode captions.txt --out part-${shard} --model demo --shard ${shard}/2`;
    assert.equal((await run(line, samples.folder)).code, 0);
  }
  const cache = { CLIPLINE_CACHE: samples.path("cache"), HOME: samples.folder };
  for (const { line } of EXAMPLES) {
    // One is a server, which does not end; one wants the network.
    if (line === "serve demo" || line.startsWith("model pull")) continue;
    await test.step(line, async () => {
      const here = line.replace("grpc://localhost:51000", server.url);
      const { code, out, err } = await run(
        here,
        samples.folder,
        line.startsWith("model") ? cache : {},
      );
      const code1 = line === "model verify" ? 1 : 0;
      assert.equal(code, code1, `${out}\n${err}`);
      assert.doesNotMatch(err, /^\s+at .*\.ts:/m);
    });
  }
});

Deno.test("the example of serve is served, and that of model pull says why it cannot offline", async () => {
  assert.ok(EXAMPLES.some(({ line }) => line === "serve demo"));
  const program = new Program(["serve", "demo", "--port", "0"]);
  await program.printed(/is ready/);
  program.kill("SIGTERM");
  assert.equal(await program.ended(), 0);
  await using samples = await bulkSamples();
  const pull = EXAMPLES.find(({ line }) => line.startsWith("model pull"))!;
  const { code, err } = await run(pull.line, samples.folder, {
    HOME: samples.folder,
    CLIPLINE_CACHE: samples.folder,
    CLIPLINE_OFFLINE: "1",
  });
  assert.equal(code, 1);
  assert.match(err, /downloading is switched off/);
});
