/** What the health endpoints say while replicas die and while the server stops. */
import assert from "node:assert/strict";
import { WORKER_URLS } from "../../src/server/executor.ts";
import { GateFile } from "../support/gate_file.ts";
import { postDocuments } from "../support/metrics.ts";
import { startTestServer } from "../support/server.ts";
import { until } from "../support/until.ts";

/** Replicas that die of some texts, and come back when the gate is open. */
const dying = (gate: GateFile) => ({
  ...WORKER_URLS,
  replica: gate.before(
    new URL("../dispatch/workers/held_restart_replica.ts", import.meta.url).href,
  ),
});

interface Ready {
  code: number;
  status: string;
  ready: number;
  replicas: number;
}

async function ready(url: string): Promise<Ready> {
  const response = await fetch(`${url}/healthz/ready`);
  const { status, executors } = await response.json();
  const [{ name, replicas, ready }] = executors;
  assert.equal(name, "clip_o");
  return { code: response.status, status, ready, replicas };
}

async function live(url: string): Promise<number> {
  const response = await fetch(`${url}/healthz/live`);
  await response.body?.cancel();
  return response.status;
}

Deno.test("a server whose only replica died is live, not ready, and comes back", async () => {
  using gate = new GateFile();
  const { server, url } = await startTestServer({ workers: dying(gate) });
  assert.deepEqual(await ready(url), { code: 200, status: "ready", ready: 1, replicas: 1 });
  const crashing = postDocuments(url, [{ text: "crash now" }]);
  const seen = await until(() => ready(url), ({ code }) => code !== 200);
  assert.deepEqual(seen, { code: 503, status: "no replica", ready: 0, replicas: 1 });
  assert.equal(await live(url), 200);
  gate.open();
  await crashing;
  await until(() => ready(url), ({ code }) => code === 200);
  assert.equal((await postDocuments(url, [{ text: "after" }])).status, 200);
  await server.stop(5000);
});

Deno.test("a server that lost one of two replicas is ready, and says so", async () => {
  using gate = new GateFile();
  const { server, url } = await startTestServer({ replicas: 2, workers: dying(gate) });
  let sent = 0;
  const seen = await until(async () => {
    // Whichever replica computes it: one of them dies of it.
    const { status } = await postDocuments(url, [{ text: `poison ${sent++}` }]);
    assert.equal(status, 200);
    return await ready(url);
  }, ({ ready }) => ready !== 2);
  assert.deepEqual(seen, { code: 200, status: "ready", ready: 1, replicas: 2 });
  gate.open();
  await until(() => ready(url), ({ ready }) => ready === 2);
  await server.stop(5000);
});

Deno.test("a server that drains is live and not ready, and refuses new work", async () => {
  const { server, url } = await startTestServer();
  server.lifecycle.enter("draining");
  assert.deepEqual(await ready(url), { code: 503, status: "draining", ready: 1, replicas: 1 });
  assert.equal(await live(url), 200);
  const dryRun = await fetch(`${url}/dry_run`);
  assert.equal(dryRun.status, 503);
  assert.equal((await dryRun.json()).code, 1);
  const refused = await fetch(`${url}/post`, { method: "POST", body: "{}" });
  assert.equal(refused.status, 503);
  assert.equal(refused.headers.get("retry-after"), "1");
  await refused.body?.cancel();
  await server.stop(5000);
  await assert.rejects(live(url));
});
