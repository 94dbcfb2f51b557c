/** `encode` by several servers side by side, of which one dies. */
import assert from "node:assert/strict";
import { bulkSamples } from "../support/bulk_samples.ts";
import { Program } from "../support/process.ts";
import { readNpyFile } from "../support/npy_file.ts";
import { until } from "../support/until.ts";

const ROWS = 20_000;

async function startServer(cwd: string): Promise<{ program: Program; url: string }> {
  const program = new Program(["serve", "demo", "--port", "0"], {
    cwd,
    // Otherwise ports 0, 1 and 2 would be meant: each is the system's choice.
    env: { JINA_LOG_LEVEL: "WARNING" },
  });
  const [, url] = await program.printed(/grpc +(grpc:\/\/127\.0\.0\.1:\d+)/);
  return { program, url: url! };
}

Deno.test("a server that is killed is left out: the other does the rest, and no row is lost", async () => {
  await using samples = await bulkSamples();
  const lines = Array.from({ length: ROWS }, (_, n) => `a red circle number ${n}`);
  await Deno.writeTextFile(samples.path("many.txt"), lines.join("\n"));
  const [one, two] = await Promise.all([startServer(samples.folder), startServer(samples.folder)]);
  try {
    const job = new Program(
      ["encode", "many.txt", "--out", "out", "--json"].concat(
        [one, two].flatMap(({ url }) => ["--server", url]),
      ),
      { cwd: samples.folder },
    );
    const spool = samples.path("out/job.json");
    let ended = false;
    job.ended().then(() => ended = true);
    await until(
      () => Deno.stat(spool).then(() => true, () => ended),
      (begun) => begun,
    );
    two.program.kill("SIGKILL");
    assert.equal(await job.ended(), 0, job.stderr);
    assert.equal(JSON.parse(job.stdout).embedded, ROWS);
    assert.match(job.stderr, new RegExp(`^${two.url}: `, "m"));
  } finally {
    one.program.kill("SIGTERM");
  }
  const local = new Program(
    ["encode", "many.txt", "--out", "here", "--json", "--model", "demo"],
    { cwd: samples.folder },
  );
  assert.equal(await local.ended(), 0, local.stderr);
  const [byServers, here] = await Promise.all(
    ["out", "here"].map((folder) => readNpyFile(samples.path(`${folder}/embeddings_0.npy`))),
  );
  assert.deepEqual(byServers!.shape, [ROWS, 128]);
  let furthest = 0;
  for (let i = 0; i < here!.data.length; i++) {
    furthest = Math.max(furthest, Math.abs(here!.data[i]! - byServers!.data[i]!));
  }
  assert.ok(furthest < 1e-4, String(furthest));
  assert.equal(await one.program.ended(), 0);
});

Deno.test("servers of which none is there end encode with 1 and a line for each", async () => {
  await using samples = await bulkSamples();
  const servers = ["--server", "grpc://127.0.0.1:1", "--server", "http://127.0.0.1:2"];
  const job = new Program(["encode", "captions.txt", "--out", "out", ...servers], {
    cwd: samples.folder,
  });
  assert.equal(await job.ended(), 1);
  const lines = job.stderr.trimEnd().split("\n");
  assert.equal(lines.length, 2, job.stderr);
  assert.match(lines[0]!, /^grpc:\/\/127\.0\.0\.1:1: /);
  assert.match(lines[1]!, /^http:\/\/127\.0\.0\.1:2: /);
});
