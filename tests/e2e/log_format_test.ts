/** The program's own words: its log, its banner, what it says to people at a terminal. */
import assert from "node:assert/strict";
import { createServer } from "node:net";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { Program } from "../support/process.ts";
import { testFlow } from "../support/server.ts";

const JSON_LOG = { LOG_FORMAT: "json" };

/** Every line, each of which is JSON. */
function objects(text: string): Record<string, unknown>[] {
  return text.trim().split("\n").map((line) => JSON.parse(line));
}

Deno.test("LOG_FORMAT=json makes every line JSON, the banner too", async () => {
  const program = new Program(["-i"], {
    stdin: await testFlow({ protocol: "[grpc, http]", port: "[0, 0]" }),
    env: { ...JSON_LOG, JINA_LOG_LEVEL: "DEBUG", CLIPLINE_OFLINE: "1" },
  });
  await program.printed(/\n/);
  const [banner, more] = objects(program.stdout);
  assert.equal(more, undefined);
  assert.match(String(banner!.message), /^clipline \S+ is ready$/);
  const [grpc, http] = banner!.addresses as string[];
  assert.match(grpc!, /^grpc:\/\/127\.0\.0\.1:\d+$/);
  const answer = await fetch(`${http}/encode`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ data: [{ text: "a red circle" }] }),
  });
  assert.equal(answer.status, 200);
  await answer.text();
  Deno.kill(Number(banner!.pid), "SIGTERM");
  assert.equal(await program.ended(), 0, program.stderr);
  const lines = objects(program.stderr);
  for (const { time, level, name, message } of lines) {
    assert.ok(Number.isFinite(Date.parse(String(time))));
    for (const text of [level, name, message]) assert.equal(typeof text, "string");
  }
  assert.ok(lines.some(({ name, outcome }) => name === "request" && outcome === "ok"));
  assert.ok(lines.some(({ message }) => /CLIPLINE_OFLINE; did you mean/.test(String(message))));
});

Deno.test("LOG_FORMAT=json holds for a start that fails, with a line for each fault", async () => {
  const flow = "jtype: Flow\nwith:\n  prot: 5\n  port: x\nexecutors: []\n";
  const program = new Program(["-i"], { stdin: flow, env: JSON_LOG });
  assert.equal(await program.ended(), 2);
  const lines = objects(program.stderr);
  assert.ok(lines.length >= 3, program.stderr);
  for (const { level, message } of lines) {
    assert.equal(level, "CRITICAL");
    assert.match(String(message), /^<stdin>:\d+:\d+: /);
  }
});

Deno.test("a port in use says how to take another one, and --port takes it", async () => {
  const taken = createServer().listen(0, "127.0.0.1");
  await once(taken, "listening");
  const { port } = taken.address() as AddressInfo;
  try {
    const flow = await testFlow({ port: String(port) });
    const refused = new Program(["-i"], { stdin: flow });
    assert.equal(await refused.ended(), 1);
    assert.match(refused.stderr, /is in use: choose another 'port', or start with '--port N'/);
    const program = new Program(["-i", "--port", "0"], { stdin: flow });
    const [, url] = await program.printed(/http +(http:\/\/127\.0\.0\.1:\d+)/);
    const [, pid] = await program.printed(/^ {2}stop +Ctrl-C, or kill (\d+)$/m);
    assert.notEqual(new URL(url!).port, String(port));
    assert.equal((await fetch(`${url}/healthz/live`)).status, 200);
    Deno.kill(Number(pid), "SIGTERM");
    assert.equal(await program.ended(), 0);
  } finally {
    taken.close();
  }
});

Deno.test({
  name: "-i says at a terminal that it waits for a flow, and nowhere else",
  ignore: Deno.build.os !== "linux",
  async fn() {
    // util-linux's `script` gives the program a terminal, and ends it with what Ctrl-D sends.
    const words = `${Deno.execPath()} run -A --no-check main.ts -i`;
    const child = new Deno.Command("script", {
      args: ["--quiet", "--return", "--echo", "never", "--command", words, "/dev/null"],
      env: { NO_COLOR: "1" },
      stdin: "piped",
      stdout: "piped",
      stderr: "null",
    }).spawn();
    const writer = child.stdin.getWriter();
    let text = "";
    const decoder = new TextDecoder();
    for await (const chunk of child.stdout) {
      text += decoder.decode(chunk, { stream: true });
      if (text.includes("Ctrl-D")) {
        await writer.write(new TextEncoder().encode("executors: []\n\x04")).catch(() => {});
      }
    }
    await writer.close().catch(() => {});
    assert.equal((await child.status).code, 2);
    assert.match(text, /Reading a Flow YAML from the terminal: end it with Ctrl-D/);
    assert.match(text, /<stdin>:1:\d+: executors: there is no executor/);
    const piped = new Program(["-i"], { stdin: "executors: []\n" });
    assert.equal(await piped.ended(), 2);
    assert.doesNotMatch(piped.stderr, /Ctrl-D/);
  },
});
