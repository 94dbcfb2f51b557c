/** Who asks how a server is, and where. */
import assert from "node:assert/strict";
import type { PlannedProbes } from "../../../src/deployment/plan.ts";
import { ENCODER, planOf, refusalOf } from "../../support/planned_flow.ts";

const TLS = "ssl_certfile: s.pem, ssl_keyfile: s.key";
const FILES = ["s.pem", "s.key", "ca.pem"];

async function probes(lines: string): Promise<[PlannedProbes["ready"], PlannedProbes["live"]]> {
  const plan = await planOf(`jtype: Flow\nwith: {${lines}}\n${ENCODER}`, { files: FILES });
  return [plan.probes.ready, plan.probes.live];
}

function http(port: number, tls = false) {
  return [
    { kind: "http", port, tls, path: "/healthz/ready" },
    { kind: "http", port, tls, path: "/healthz/live" },
  ];
}

Deno.test("a server is asked where its clients come, if that can be done without a certificate", async () => {
  assert.deepEqual(await probes("protocol: [grpc, http], port: [1, 2]"), http(2));
  assert.deepEqual(await probes("protocol: websocket, port: 7000"), http(7000));
  assert.deepEqual(await probes(`protocol: http, ${TLS}`), http(51000, true));
});

Deno.test("gRPC alone is asked in its own way, and over TLS at the port of the metrics", async () => {
  assert.deepEqual(await probes("protocol: grpc"), [{ kind: "grpc", port: 51000 }, http(9090)[1]]);
  assert.deepEqual(await probes(`protocol: grpc, ${TLS}`), http(9090));
  assert.deepEqual(await probes("protocol: grpc, monitoring: false"), [
    { kind: "grpc", port: 51000 },
    { kind: "tcp", port: 51000 },
  ]);
  const [ready, live] = await probes(`protocol: grpc, monitoring: false, ${TLS}`);
  assert.equal(ready.kind === "exec" && ready.command.at(-1), "grpcs://127.0.0.1:51000");
  assert.deepEqual(live, { kind: "tcp", port: 51000 });
});

Deno.test("where clients show certificates the port of the metrics is asked, or nobody can", async () => {
  const mutual = `${TLS}, ssl_client_ca: ca.pem`;
  assert.deepEqual(await probes(`protocol: [grpc, http], ${mutual}`), http(9090));
  const refused = await refusalOf(
    `jtype: Flow\nwith: {monitoring: false, ${mutual}}\n${ENCODER}`,
    { files: FILES },
  );
  assert.match(refused, /^flow\.yml:2:83: with\.ssl_client_ca: lets nobody ask/);
});

Deno.test("a port that protocols share is one port", async () => {
  const { ports } = await planOf(
    `jtype: Flow\nwith: {protocol: [websocket, grpc, http], port: [443, 51000, 443], ${TLS}}\n${ENCODER}`,
    { files: FILES },
  );
  assert.deepEqual(ports, [
    { name: "http", port: 443, protocols: ["websocket", "http"], tls: true },
    { name: "grpc", port: 51000, protocols: ["grpc"], tls: true },
    { name: "metrics", port: 9090, protocols: ["metrics"], tls: false },
  ]);
});

Deno.test("a start has the time that the flow gives it, within what Kubernetes can count", async () => {
  for (
    const [milliseconds, seconds] of [[-1, 1800], [1, 60], [90_001, 91], [2 ** 53 - 1, 1_000_000]]
  ) {
    const flow = `jtype: Flow\nexecutors: [{uses: CLIPEncoder, timeout_ready: ${milliseconds}}]\n`;
    assert.equal((await planOf(flow)).probes.startupSeconds, seconds);
  }
});
