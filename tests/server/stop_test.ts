import assert from "node:assert/strict";
import { WORKER_URLS } from "../../src/server/executor.ts";
import { Log } from "../../src/telemetry/log.ts";
import { GateFile } from "../support/gate_file.ts";
import { startTestServer } from "../support/server.ts";
import { untilSo } from "../support/until.ts";

const FAULTY_REPLICA = new URL("../dispatch/workers/faulty_replica.ts", import.meta.url).href;

const behind = (gate: GateFile) => ({ ...WORKER_URLS, replica: gate.before(FAULTY_REPLICA) });

Deno.test("stop() says how many requests it gave up when the grace is over", async () => {
  using gate = new GateFile();
  const lines: string[] = [];
  const log = new Log("test", {
    level: "INFO",
    json: true,
    color: false,
    write: (line) => lines.push(line),
  });
  const { server, url } = await startTestServer({ log, workers: behind(gate) });
  const inside = fetch(`${url}/post`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ data: [{ text: "slow one" }] }),
  }).then((response) => response.body?.cancel(), () => {});
  const { encoder } = server.executors[0]!;
  await untilSo(() => encoder.state.running === 1);
  assert.equal(await server.stop(1), 1);
  gate.open();
  await inside;
  const last = JSON.parse(lines.at(-1)!);
  assert.equal(last.level, "WARNING");
  assert.equal(last.givenUp, 1);
});

Deno.test("stop() gives nothing up when nothing is inside", async () => {
  const { server } = await startTestServer();
  assert.equal(await server.stop(10_000), 0);
});
