import assert from "node:assert/strict";
import { join } from "node:path";
import { withFileLock } from "../../src/file_lock.ts";
import { CHECKPOINTS } from "../checkpoint/fixture_files.ts";
import { TemporaryStore } from "../model/store/fakes.ts";
import { conversionLock } from "../support/conversion_lock.ts";
import { modelFlow } from "../support/model_server.ts";
import { ownPort } from "../support/own_port.ts";
import { Program } from "../support/process.ts";
import { testFlow } from "../support/server.ts";

Deno.test("a flow on standard input is served, and SIGTERM under load loses no accepted request", async () => {
  const program = new Program(["-i"], { stdin: await testFlow({ replicas: 2 }) });
  const [, url] = await program.printed(/http +(http:\/\/127\.0\.0\.1:\d+)/);
  await program.printed(/curl -s/);
  let accepted = 0;
  let refused = 0;
  // Each goes on until it is refused: at the latest by a port where nobody listens any more.
  const client = async (name: number) => {
    for (let i = 0;; i++) {
      const body = JSON.stringify({ data: [{ text: `client ${name} text ${i}` }] });
      let response: Response;
      try {
        response = await fetch(`${url}/post`, {
          method: "POST",
          headers: { "content-type": "application/json" },
          body,
        });
      } catch {
        refused++;
        return;
      }
      const answer = await response.json();
      if (response.status === 503) {
        refused++;
        return;
      }
      assert.equal(answer.header.status, null);
      assert.equal(answer.data[0].embedding.length, 64);
      if (++accepted === 60) {
        program.kill("SIGTERM");
      }
    }
  };
  const clients = Promise.all(Array.from({ length: 8 }, (_, name) => client(name)));
  const code = await program.ended();
  await clients;
  assert.equal(code, 0, program.stderr);
  assert.ok(accepted >= 60);
  assert.ok(refused > 0);
  assert.match(program.stderr, /Stopped/);
});

Deno.test("a wrong flow ends with 2 and one line for each problem, and nothing else", async () => {
  const flow = "jtype: Flow\nwith:\n  prot: 5\n  port: x\nexecutors: []\n";
  const program = new Program(["-i"], { stdin: flow });
  assert.equal(await program.ended(), 2);
  const lines = program.stderr.trim().split("\n");
  assert.ok(lines.length >= 3, program.stderr);
  for (const line of lines) assert.match(line, /^<stdin>:\d+:\d+: /);
  assert.equal(program.stdout, "");
});

Deno.test("a bad command line ends with 2, --help and --version with 0", async () => {
  const cases: [string[], number, RegExp][] = [
    [["--helb"], 2, /did you mean/i],
    [["no-such-flow.yml"], 2, /no flow 'no-such-flow.yml'/],
    [["--help"], 0, /Usage: deno run -A main.ts/],
    [["--version"], 0, /^\d+\.\d+\.\d+\n$/],
  ];
  await Promise.all(cases.map(async ([args, code, pattern]) => {
    const program = new Program(args);
    assert.equal(await program.ended(), code, program.stderr);
    // Deno itself may have something to say on standard error, where several start at a time.
    assert.match(code === 0 ? program.stdout : program.stderr, pattern);
    assert.ok(!/^\s+at .*\.ts:/m.test(program.stderr), program.stderr);
  }));
});

Deno.test("a model that cannot be loaded ends the start with 1 and the reason", async () => {
  const directory = await Deno.makeTempDir();
  await Deno.writeTextFile(join(directory, "textual.onnx"), "this is no graph");
  await Deno.writeTextFile(join(directory, "visual.onnx"), "this is no graph");
  const flow = (await testFlow()).replace(/model_path: .*/, `model_path: ${directory}`);
  const program = new Program(["-i"], { stdin: flow });
  assert.equal(await program.ended(), 1);
  assert.match(program.stderr, /textual\.onnx cannot be loaded as an ONNX graph/);
  assert.ok(!/^\s+at .*\.ts:/m.test(program.stderr), program.stderr);
  await Deno.remove(directory, { recursive: true });
});

Deno.test("a port in use ends the start with a clear line", async () => {
  const listener = Deno.listen({ port: 0, hostname: "127.0.0.1" });
  const flow = (await testFlow()).replace("port: 0", `port: ${listener.addr.port}`);
  const program = new Program(["-i"], { stdin: flow });
  assert.equal(await program.ended(), 1);
  assert.match(program.stderr, /in use/);
  assert.ok(!program.stderr.includes("Loading"), "it is told before a model is loaded");
  listener.close();
});

Deno.test("health checks are answered while the model loads", async () => {
  await using store = new TemporaryStore();
  const { cache } = store.settings;
  const modelPath = join(CHECKPOINTS, "vit-a/openai_jit.pt.gz");
  const port = await ownPort();
  const program = await withFileLock(await conversionLock(cache, modelPath), async () => {
    const started = new Program(["-i", "--port", String(port)], {
      stdin: modelFlow({ runtime: "torch", name: "mine", modelPath }),
      env: { CLIPLINE_CACHE: cache },
    });
    // While the lock is held the model cannot be there.
    await started.logged(/Waiting for another process that is converting/);
    assert.deepEqual(await health(port), { ready: 503, live: 200 });
    return started;
  });
  await program.printed(/http +(http:\/\/127\.0\.0\.1:\d+)/);
  assert.deepEqual(await health(port), { ready: 200, live: 200 });
  program.kill("SIGTERM");
  assert.equal(await program.ended(), 0);
});

async function health(port: number): Promise<{ ready: number; live: number }> {
  const ask = async (what: string) => {
    const response = await fetch(`http://127.0.0.1:${port}/healthz/${what}`);
    await response.body?.cancel();
    return response.status;
  };
  return { ready: await ask("ready"), live: await ask("live") };
}
