/** `rank`, `index` and `search`, as processes, in this process and by a server. */
import assert from "node:assert/strict";
import { bulkSamples } from "../../support/bulk_samples.ts";
import { startDemoServer } from "../../support/demo_server.ts";
import { Program } from "../../support/process.ts";
import { startSearchServer } from "../../support/search_server.ts";

async function run(
  args: string[],
  cwd: string,
  stdin?: string,
): Promise<{ code: number; out: string; err: string }> {
  const program = new Program(args, { cwd, ...(stdin === undefined ? {} : { stdin }) });
  const code = await program.ended();
  assert.doesNotMatch(program.stderr, /^\s+at .*\.ts:/m);
  return { code, out: program.stdout, err: program.stderr };
}

Deno.test("rank prints bars, best first, alike in this process and by a server", async () => {
  await using samples = await bulkSamples();
  await using server = await startDemoServer();
  const words = ["rank", "photos/circle.png", "a blue square", "a red circle", "--quiet"];
  const here = await run([...words, "--model", "demo"], samples.folder);
  assert.equal(here.code, 0, here.err);
  const lines = here.out.trimEnd().split("\n");
  assert.match(lines[0]!, /^100\.0% {2}█+ {2}a red circle$/);
  assert.match(lines[1]!, /^ +0\.0% +a blue square$/);
  const there = await run([...words, "--server", `grpc://${server.grpc}`], samples.folder);
  assert.equal(there.out, here.out, there.err);
});

Deno.test("rank takes candidates from a file and from standard input, and prints JSON", async () => {
  await using samples = await bulkSamples();
  const words = ["rank", "photos/square.png", "--model", "demo", "--json"];
  const ofFile = await run([...words, "@captions.txt"], samples.folder);
  const { query, candidates } = JSON.parse(ofFile.out);
  assert.equal(query, "photos/square.png");
  assert.equal(candidates.length, 3);
  assert.equal(candidates[0].candidate, "a blue square");
  const ofInput = await run([...words, "@-"], samples.folder, "a green star\n\na blue square\n");
  assert.deepEqual(
    JSON.parse(ofInput.out).candidates.map((each: { candidate: string }) => each.candidate),
    ["a blue square", "a green star"],
  );
});

Deno.test("rank takes the name of an image for a text only where that is said", async () => {
  await using samples = await bulkSamples();
  const words = ["rank", "a red circle", "nothing.png", "a star", "--model", "demo"];
  const { code, err } = await run(words, samples.folder);
  assert.equal(code, 2);
  assert.equal(
    err.trimEnd(),
    "Cannot read the image 'nothing.png': it is not there; if it is meant as a text: --plain",
  );
  assert.equal((await run([...words, "--plain", "--quiet"], samples.folder)).code, 0);
});

Deno.test("index puts rows into a server's index, which search finds; again it changes nothing", async () => {
  await using samples = await bulkSamples();
  await using server = await startSearchServer();
  await Deno.writeTextFile(samples.path("photos/broken.png"), "no picture");
  const index = ["index", "photos", "captions.csv", "--text", "caption", "--server", server.url];
  const photos = ["index", "photos", "--server", server.url];
  const first = await run(photos, samples.folder);
  assert.equal(first.code, 3, first.err);
  const failed = await Deno.readTextFile(samples.path("index-errors.jsonl"));
  assert.equal(JSON.parse(failed).place, "photos/broken.png");
  await Deno.remove(samples.path("photos/broken.png"));
  for (const _ of [1, 2]) {
    const { code, out, err } = await run([...index, "--json"], samples.folder);
    assert.equal(code, 0, err);
    assert.equal(JSON.parse(out).indexed, 4);
  }
  const search = ["search", "--server", server.url];
  const table = await run([...search, "a red circle", "photos/square.png"], samples.folder);
  assert.equal(table.code, 0, table.err);
  assert.match(
    table.out,
    /^a red circle:\n# {2}SCORE {3}ID .*CONTENT\n1 {2}0\.0000 {2}captions\.csv:2/,
  );
  assert.match(table.out, /\nphotos\/square\.png:\n#.*\n1 {2}0\.0000 {2}photos\/square\.png /);
  const json = await run([...search, "a red circle", "-n", "2", "--json"], samples.folder);
  const { matches } = JSON.parse(json.out);
  assert.equal(matches.length, 2);
  assert.equal(matches[0].tags.n, "1");
});

Deno.test("search says what is wrong with its words and of its server", async () => {
  await using samples = await bulkSamples();
  await using server = await startDemoServer();
  const table: [args: string[], code: number, message: RegExp][] = [
    [["search", "a"], 2, /^Say where the index is: --server URL/],
    [["search", "a", "--server", server.http, "--filter", "{"], 2, /^--filter is no JSON/],
    [["search", "a", "--server", server.http, "--filter", "[]"], 2, /takes a JSON object/],
    [["search", "a", "--server", server.http, "--limit", "0"], 2, /^--limit takes/],
    [["search", "a", "--server", server.http], 1, /the server keeps no index/],
    [["index", "captions.txt", "--server", server.http], 1, /the server keeps no index/],
    [["search", "a", "--server", "grpc://127.0.0.1:1"], 1, /^grpc:\/\/127\.0\.0\.1:1: /],
  ];
  for (const [args, code, message] of table) {
    const answer = await run(args, samples.folder);
    assert.equal(answer.code, code, answer.err);
    assert.match(answer.err, message);
    assert.equal(answer.out, "");
  }
});

Deno.test("a reader that goes away ends a command quietly", async () => {
  await using samples = await bulkSamples();
  const main = new URL("../../../main.ts", import.meta.url).pathname;
  const line = `'${Deno.execPath()}' run -A --no-check '${main}' model list --json | head -c 10`;
  const { stdout, stderr } = await new Deno.Command("bash", {
    args: ["-c", `${line}; echo " \${PIPESTATUS[0]}"`],
    cwd: samples.folder,
  }).output();
  assert.match(new TextDecoder().decode(stdout), /^.{10} (0|141)\n$/s);
  assert.equal(new TextDecoder().decode(stderr), "");
});
