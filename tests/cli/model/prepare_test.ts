/** `model prepare` as processes: several on one cache, a server after them, and what it refuses. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { Program } from "../../support/process.ts";

/** Deno's own cache stays where it is, whatever the home. */
const DENO_DIR = Deno.env.get("DENO_DIR") ?? join(Deno.env.get("HOME") ?? "", ".cache/deno");

/** A machine without a network, and with caches of its own. */
function surroundings(folder: string): Record<string, string> {
  return { CLIPLINE_CACHE: join(folder, "cache"), HOME: folder, CLIPLINE_OFFLINE: "1", DENO_DIR };
}

Deno.test("model prepare: three at once share the work, a fourth finds it, and serve needs no more", async () => {
  const folder = await Deno.makeTempDir({ prefix: "clipline-prepare-" });
  const env = surroundings(folder);
  try {
    const prepare = async () => {
      const program = new Program(["model", "prepare", "demo"], { env });
      assert.equal(await program.ended(), 0, program.stderr);
      return program;
    };
    const three = await Promise.all([prepare(), prepare(), prepare()]);
    const folders = new Set(three.map(({ stdout }) => stdout.trim()));
    assert.equal(folders.size, 1);
    const converted = three.filter(({ stderr }) => / Model converted /.test(stderr));
    assert.equal(converted.length, 1);
    const fourth = await prepare();
    assert.match(fourth.stderr, /All that the flow opens was here executors=1 fresh=0/);
    const server = new Program(["serve", "demo", "--port", "0"], { env });
    await server.printed(/is ready/);
    server.kill("SIGTERM");
    assert.equal(await server.ended(), 0);
    assert.match(server.stderr, /Converted model found/);
    const graphs = [...Deno.readDirSync(join(folder, "cache", "graphs"))];
    assert.deepEqual(graphs.map(({ name }) => join(folder, "cache", "graphs", name)), [...folders]);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("model prepare says what is wrong, in JSON where the log is JSON, and ends with its code", async () => {
  const folder = await Deno.makeTempDir({ prefix: "clipline-prepare-" });
  const env = { ...surroundings(folder), LOG_FORMAT: "json" };
  const said = async (code: number, ...args: string[]) => {
    const program = new Program(["model", "prepare", ...args], { env });
    assert.equal(await program.ended(), code, program.stderr);
    const lines = program.stderr.trim().split("\n");
    return lines.map((line) => JSON.parse(line).message).join("\n");
  };
  try {
    assert.match(await said(2, "no-such-flow.yml"), /There is no flow 'no-such-flow.yml'/);
    assert.match(await said(2, "demo", "--target", "tpu"), /--target must be cpu, gpu/);
    assert.match(await said(1, "torch"), /Cannot get the weights of "ViT-B-32::openai"/);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
