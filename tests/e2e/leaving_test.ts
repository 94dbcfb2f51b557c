/** `SHUTDOWN_DELAY`: the program between SIGTERM and its stop. */
import assert from "node:assert/strict";
import { Program } from "../support/process.ts";
import { testFlow } from "../support/server.ts";
import { until } from "../support/until.ts";

async function start(env: Record<string, string>, gateway: string[] = []) {
  const stdin = await testFlow({ gateway });
  const program = new Program(["-i"], { stdin, env });
  const [, url] = await program.printed(/http +(http:\/\/127\.0\.0\.1:\d+)/);
  await program.printed(/curl -s/);
  return { program, url: url! };
}

Deno.test("after SIGTERM the program is not ready for SHUTDOWN_DELAY, serves, and then stops", async () => {
  const { program, url } = await start({ SHUTDOWN_DELAY: "5" }, ["monitoring: true"]);
  program.kill("SIGTERM");
  await program.logged(/Leaving/);
  const ready = await fetch(`${url}/healthz/ready`);
  assert.equal(ready.status, 503);
  assert.equal((await ready.json()).status, "leaving");
  const page = await (await fetch(`${url}/metrics`)).text();
  assert.match(page, /^clipline_ready 0$/m);
  let served = 0;
  await until(async () => {
    const answer = await post(url).catch(() => undefined);
    if (answer === undefined) return false;
    assert.equal(answer.status, 200);
    assert.equal(answer.headers.get("connection"), "close");
    return ++served >= 3;
  }, (done) => done);
  assert.equal(await program.ended(), 0, program.stderr);
  assert.match(program.stderr, /Stopped/);
});

Deno.test("a second signal ends a program that leaves at once", async () => {
  const { program } = await start({ SHUTDOWN_DELAY: "600" });
  program.kill("SIGTERM");
  await program.logged(/Leaving/);
  program.kill("SIGTERM");
  assert.equal(await program.ended(), 130);
});

Deno.test("a flow may say in its 'env' how long a stop takes", async () => {
  const { program } = await start({}, ["env: { SHUTDOWN_DELAY: 600 }"]);
  program.kill("SIGTERM");
  await program.logged(/Leaving: .* delayMs=600000/);
  program.kill("SIGTERM");
  assert.equal(await program.ended(), 130);
});

async function post(url: string): Promise<Response> {
  const response = await fetch(`${url}/encode`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ data: [{ text: "a red circle" }] }),
  });
  await response.body?.cancel();
  return response;
}
