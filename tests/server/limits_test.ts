/** The engine's limits, seen from outside: over real sockets, with a replica that a gate holds. */
import assert from "node:assert/strict";
import type { Server } from "../../src/server/server.ts";
import { WORKER_URLS } from "../../src/server/executor.ts";
import { assertEmpty } from "../support/encoder.ts";
import { GateFile } from "../support/gate_file.ts";
import { startTestServer } from "../support/server.ts";
import { untilSo } from "../support/until.ts";

const FAULTY_REPLICA = new URL("../dispatch/workers/faulty_replica.ts", import.meta.url).href;

const behind = (gate: GateFile) => ({ ...WORKER_URLS, replica: gate.before(FAULTY_REPLICA) });

function send(url: string, texts: string[]): Promise<Response> {
  return fetch(`${url}/post`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ data: texts.map((text) => ({ text })), execEndpoint: "/" }),
  });
}

const many = (count: number, name: string) =>
  Array.from({ length: count }, (_, i) => `${name} number ${i}`);

/** Sends a text that holds the replica until the gate opens; resolves when it is in work. */
async function hold(server: Server, url: string): Promise<{ held: Promise<Response> }> {
  const held = send(url, ["slow one"]);
  await untilSo(() => stateOf(server).running === 1);
  return { held };
}

const encoderOf = (server: Server) => server.executors[0]!.encoder;
const inside = (server: Server) => stateOf(server).waiting.text + stateOf(server).running;
const stateOf = (server: Server) => encoderOf(server).state;

/** Writes bytes on a fresh connection and returns what comes back until the other side ends it. */
async function raw(url: string, head: string): Promise<string> {
  const { hostname, port } = new URL(url);
  using connection = await Deno.connect({ hostname, port: Number(port) });
  await connection.write(new TextEncoder().encode(head));
  const buffer = new Uint8Array(65_536);
  let answer = "";
  while (!answer.includes("\r\n\r\n")) {
    const count = await connection.read(buffer);
    if (count === null) break;
    answer += new TextDecoder().decode(buffer.subarray(0, count));
  }
  return answer;
}

Deno.test("what a client that left had waiting is never computed", async () => {
  using gate = new GateFile();
  const { server, url } = await startTestServer({ workers: behind(gate) });
  const { held } = await hold(server, url);
  const leaving = new AbortController();
  const left = fetch(`${url}/post`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ data: many(200, "left").map((text) => ({ text })) }),
    signal: leaving.signal,
  });
  await untilSo(() => inside(server) === 201);
  const stayed = send(url, many(5, "stayed"));
  await untilSo(() => inside(server) === 206);
  leaving.abort();
  await assert.rejects(left);
  await untilSo(() => inside(server) === 6);
  gate.open();
  assert.equal((await held).status, 200);
  assert.equal((await stayed).status, 200);
  await (await stayed).body?.cancel();
  await (await held).body?.cancel();
  assert.equal(stateOf(server).embedded.text, 6);
  assertEmpty(encoderOf(server));
  await server.stop(1000);
});

Deno.test("what waits at the deadline of its request is dropped and never computed", async () => {
  using gate = new GateFile();
  const { server, url } = await startTestServer({
    workers: behind(gate),
    gateway: ["timeout_send: 400"],
  });
  // The held one has a deadline as well, but what runs cannot be stopped.
  const { held } = await hold(server, url);
  const late = await send(url, many(40, "late"));
  assert.equal(late.status, 504);
  assert.match(await late.text(), /timeout_send/);
  assert.equal(stateOf(server).waiting.text, 0);
  gate.open();
  assert.equal((await held).status, 504);
  await (await held).body?.cancel();
  await untilSo(() => stateOf(server).running === 0);
  assert.equal(stateOf(server).embedded.text, 1);
  assertEmpty(encoderOf(server));
  await server.stop(1000);
});

Deno.test("a full queue refuses a request before its body is sent, and takes it later", async () => {
  using gate = new GateFile();
  const { server, url } = await startTestServer({
    workers: behind(gate),
    encoder: ["max_queue: 20"],
  });
  const { held } = await hold(server, url);
  const waiting = send(url, many(28, "waiting"));
  await untilSo(() => inside(server) === 29);
  const answer = await raw(
    url,
    "POST /post HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n" +
      "Content-Length: 1000000\r\n\r\n{",
  );
  assert.match(answer, /^HTTP\/1\.1 503 /);
  assert.match(answer, /\r\nretry-after: \d+/i);
  gate.open();
  for (const response of await Promise.all([held, waiting])) {
    assert.equal(response.status, 200);
    await response.body?.cancel();
  }
  const later = await send(url, many(20, "later"));
  assert.equal(later.status, 200);
  await later.body?.cancel();
  await server.stop(1000);
});

Deno.test("'prefetch' bounds the requests inside; the others wait, as many as 'max_queue' allows", async () => {
  using gate = new GateFile();
  const { server, url } = await startTestServer({
    workers: behind(gate),
    gateway: ["prefetch: 2"],
    encoder: ["max_queue: 38"],
  });
  const { held } = await hold(server, url);
  const second = send(url, ["second"]);
  await untilSo(() => inside(server) === 2);
  const others = Array.from({ length: 50 }, (_, i) => send(url, [`waiting ${i}`]));
  const refused: Response[] = [];
  for (const other of others) other.then((answer) => answer.status === 503 && refused.push(answer));
  await untilSo(() => refused.length === 12);
  assert.match(await refused[0]!.text(), /'prefetch' allows, and 38 wait/);
  for (const answer of refused.slice(1)) await answer.body?.cancel();
  assert.equal(inside(server), 2);
  gate.open();
  const served = (await Promise.all([held, second, ...others])).filter(({ status }) =>
    status === 200
  );
  assert.equal(served.length, 40);
  for (const response of served) await response.body?.cancel();
  await server.stop(1000);
});

Deno.test("bytes that wait are bounded: a request beyond 'max_queue_bytes' is refused", async () => {
  using gate = new GateFile();
  const { server, url } = await startTestServer({
    workers: behind(gate),
    encoder: ["max_queue_bytes: 1048576"],
  });
  const { held } = await hold(server, url);
  const long = "a long story ".repeat(30_000);
  const waiting = send(url, [long]);
  await untilSo(() => inside(server) === 2);
  const refused = await send(url, [`${long}, told again`]);
  assert.equal(refused.status, 503);
  assert.match(await refused.text(), /of 1048576 bytes/);
  assert.ok(stateOf(server).heldBytes <= 1_048_576);
  gate.open();
  for (const response of await Promise.all([held, waiting])) await response.body?.cancel();
  await server.stop(1000);
});

Deno.test("readiness says when no replica lives; requests meanwhile wait and are served", async () => {
  using gate = new GateFile();
  const replica = gate.before(
    new URL("../dispatch/workers/held_restart_replica.ts", import.meta.url).href,
  );
  const { server, url } = await startTestServer({ workers: { ...WORKER_URLS, replica } });
  const crash = send(url, ["crash now"]);
  await untilSo(() => stateOf(server).replicasReady === 0);
  const ready = await fetch(`${url}/healthz/ready`);
  assert.equal(ready.status, 503);
  assert.match(await ready.text(), /"ready":0/);
  const waiting = send(url, ["patient"]);
  await untilSo(() => inside(server) === 2);
  gate.open();
  const waited = await waiting;
  assert.equal(waited.status, 200);
  await waited.body?.cancel();
  const failed = await (await crash).json();
  assert.match(failed.header.status.description, /failed twice/);
  await untilSo(() => stateOf(server).replicasReady === 1);
  const again = await fetch(`${url}/healthz/ready`);
  assert.equal(again.status, 200);
  await again.body?.cancel();
  await server.stop(1000);
});
