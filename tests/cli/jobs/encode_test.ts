/** `encode` and `merge`, as processes. */
import assert from "node:assert/strict";
import { bulkSamples } from "../../support/bulk_samples.ts";
import { Program } from "../../support/process.ts";
import { readNpyFile } from "../../support/npy_file.ts";
import { until } from "../../support/until.ts";

async function run(
  args: string[],
  cwd: string,
  env: Record<string, string> = {},
): Promise<{ code: number; out: string; err: string }> {
  const program = new Program(args, { cwd, env });
  const code = await program.ended();
  assert.doesNotMatch(program.stderr, /^\s+at .*\.ts:/m);
  return { code, out: program.stdout, err: program.stderr };
}

Deno.test("encode embeds a folder in this process, and the same command again does nothing", async () => {
  await using samples = await bulkSamples();
  await Deno.writeTextFile(samples.path("photos/broken.png"), "no picture");
  const words = ["encode", "photos", "--out", "out", "--model", "demo"];
  const first = await run(words, samples.folder);
  assert.equal(first.code, 3, first.err);
  assert.match(
    first.out,
    /^out: 3 rows, 2 embedded in 128 dimensions, 1 failed \(out\/errors\.jsonl\)/,
  );
  const { shape } = await readNpyFile(samples.path("out/embeddings_0.npy"));
  assert.deepEqual(shape, [2, 128]);
  const errors = (await Deno.readTextFile(samples.path("out/errors.jsonl"))).trim().split("\n");
  assert.equal(errors.length, 1);
  assert.equal(JSON.parse(errors[0]!).place, "photos/broken.png");

  const again = await run([...words, "--json", "--quiet"], samples.folder);
  assert.equal(again.code, 3);
  assert.equal(JSON.parse(again.out).alreadyDone, true);
  assert.equal(again.err, "");

  const other = await run([...words, "--normalize"], samples.folder);
  assert.equal(other.code, 2);
  assert.match(other.err, /normalize/);
});

Deno.test("encode --strict ends with 1 at the first bad row", async () => {
  await using samples = await bulkSamples();
  await Deno.writeTextFile(samples.path("photos/broken.png"), "no picture");
  const words = ["encode", "photos", "--out", "out", "--model", "demo", "--strict"];
  const { code, err } = await run(words, samples.folder);
  assert.equal(code, 1);
  assert.match(err, /photos\/broken\.png/);
});

Deno.test("two shards and merge are the whole", async () => {
  await using samples = await bulkSamples();
  const lines = Array.from({ length: 50 }, (_, n) => `a red circle ${n}`);
  await Deno.writeTextFile(samples.path("many.txt"), lines.join("\n"));
  const encode = ["encode", "many.txt", "--model", "demo", "--quiet"];
  for (const shard of ["1/2", "2/2"]) {
    const words = [...encode, "--out", `part-${shard[0]}`, "--shard", shard];
    assert.equal((await run(words, samples.folder)).code, 0);
  }
  const merged = await run(["merge", "whole", "part-1", "part-2", "--json"], samples.folder);
  assert.equal(merged.code, 0, merged.err);
  assert.equal(JSON.parse(merged.out).rows, 50);
  const ids = (await Deno.readTextFile(samples.path("whole/ids_0.jsonl"))).trim().split("\n");
  assert.equal(new Set(ids).size, 50);
  const lacking = await run(["merge", "half", "part-1"], samples.folder);
  assert.equal(lacking.code, 2);
});

Deno.test("shards are numbered by a variable, rows that fail are accepted, and merge finds the shards", async () => {
  await using samples = await bulkSamples();
  await Deno.writeTextFile(samples.path("photos/broken.png"), "no picture");
  const encode = ["encode", "photos", "--model", "demo", "--shard", "INDEX/2", "--accept-errors"];
  for (const index of ["0", "1"]) {
    const words = [...encode, "--out", `shards/${index}`];
    const { code, err } = await run(words, samples.folder, { INDEX: index });
    assert.equal(code, 0, err);
  }
  const merged = await run(
    ["merge", "whole", "shards", "--accept-errors", "--json"],
    samples.folder,
  );
  assert.equal(merged.code, 0, merged.err);
  const { embedded, failed } = JSON.parse(merged.out);
  assert.deepEqual([embedded, failed], [2, 1]);
  for (const [index, message] of [["2", /INDEX is 2, and must be/], ["", /it is ""/]] as const) {
    const refused = await run([...encode, "--out", "more"], samples.folder, { INDEX: index });
    assert.equal(refused.code, 2);
    assert.match(refused.err, message);
  }
});

Deno.test("encode reads standard input and a flow by its name, and writes parquet", async () => {
  await using samples = await bulkSamples();
  const program = new Program(
    ["encode", "-", "--out", "out", "--flow", "demo", "--format", "parquet", "--json"],
    { cwd: samples.folder, stdin: "a red circle\na blue square\n" },
  );
  assert.equal(await program.ended(), 0, program.stderr);
  assert.equal(JSON.parse(program.stdout).embedded, 2);
  assert.ok((await Deno.stat(samples.path("out/embeddings_0.parquet"))).size > 1000);
});

Deno.test("encode says in one line what is wrong with its words, with exit code 2", async () => {
  await using samples = await bulkSamples();
  const base = ["encode", "captions.txt", "--out", "out"];
  const table: [args: string[], message: RegExp][] = [
    [["encode"], /^An input is missing/],
    [["encode", "captions.txt"], /^Say where to: --out DIR/],
    [base, /^Say by which model/],
    [["encode", "nothing.txt", "--out", "out", "--model", "demo"], /nothing\.txt.*not there/],
    [[...base, "--model", "ViT-B-33"], /^--model: Unknown model "ViT-B-33"; did you mean/],
    [[...base, "--model", "demo", "--device", "gpu"], /^--device: .*did you mean 'cuda'/],
    [[...base, "--model", "demo", "--replicas", "0"], /^--replicas: /],
    [[...base, "--model", "demo", "--shard", "3/2"], /^--shard takes K\/N/],
    [[...base, "--model", "demo", "--shard", "NO_SUCH/2"], /NO_SUCH must be a number.*not set/],
    [[...base, "--model", "demo", "--work", "here"], /^--work is for --out s3/],
    [[...base, "--flow", "demo", "--model", "other"], /^The flow has no model 'other'/],
    [[...base, "--server", "localhost"], /is no address of a server/],
    [[...base, "--server", "grpc://h:1", "--device", "cpu"], /^--device is for a model in this/],
    [[...base, "--model", "demo", "--formt", "npy"], /did you mean '--format'/],
  ];
  for (const [args, message] of table) {
    const { code, err, out } = await run(args, samples.folder);
    assert.equal(code, 2, `${args.join(" ")}: ${err}`);
    assert.match(err, message);
    assert.equal(err.trimEnd().split("\n").length, 1, err);
    assert.equal(out, "");
  }
});

Deno.test("SIGINT ends encode with 130, keeps what is done, and the same command goes on", async () => {
  await using samples = await bulkSamples();
  const lines = Array.from({ length: 30_000 }, (_, n) => `a red circle number ${n}`);
  await Deno.writeTextFile(samples.path("many.txt"), lines.join("\n"));
  const words = ["encode", "many.txt", "--out", "out", "--model", "demo", "--json"];
  const program = new Program(words, { cwd: samples.folder });
  const file = samples.path("out/job.json");
  await until(() => Deno.stat(file).then(() => true, () => false), Boolean);
  program.kill("SIGINT");
  assert.equal(await program.ended(), 130, program.stderr);
  assert.match(program.stderr, /Finishing what is under way/);
  const { rows, interrupted } = JSON.parse(program.stdout);
  assert.ok(interrupted && rows < lines.length);
  const again = await run(words, samples.folder);
  assert.equal(again.code, 0, again.err);
  const summary = JSON.parse(again.out);
  assert.equal(summary.resumedAt, rows);
  assert.equal(summary.embedded, lines.length);
});
