/** What docs/deployment.md says of proxies: every protocol goes through them, on one port with TLS. */
import assert from "node:assert/strict";
import { Certificates } from "../support/certificates.ts";
import { GrpcClient, textRequest } from "../support/grpc_client.ts";
import { until } from "../support/until.ts";
import { WsClient } from "../support/ws_client.ts";
import { DemoProgram } from "./demo_program.ts";
import { PROXIES, RunningProxy } from "./proxies.ts";

/** More than a proxy takes that was not told how much it may be. */
const LARGE_TEXT = "a red circle ".repeat(200_000);

/** A proxy that does not speak HTTP/2 to the server lets a call hang. */
const PATIENCE_MS = 30_000;

for (const [language, { program }] of Object.entries(PROXIES)) {
  Deno.test({
    name: `HTTP, WebSocket and gRPC go through ${program} as docs/deployment.md configures it`,
    ignore: !isInstalled(program),
    async fn() {
      await using demo = await DemoProgram.start();
      using certificates = new Certificates();
      certificates.selfSigned("proxy");
      const ca = await Deno.readTextFile(certificates.path("proxy.crt"));
      const [grpc, http, ws] = ["grpc", "http", "ws"].map((scheme) => demo.ports.get(scheme)!);
      // Both have one port in the flow that the page speaks of, and two in the tests' demo.
      for (const [served, ask] of [[http, overHttp], [ws, overWebSocket]] as const) {
        const ports = { grpc: grpc!, http: served! };
        await using proxy = await RunningProxy.start(language, ports, certificates);
        await ready(proxy, ca);
        await ask(proxy.port, ca);
        await overGrpc(proxy.port, ca);
      }
    },
  });
}

async function ready({ port, said }: RunningProxy, ca: string): Promise<void> {
  using client = Deno.createHttpClient({ caCerts: [ca] });
  const ask = async () => {
    try {
      const response = await fetch(`https://localhost:${port}/healthz/ready`, { client });
      await response.body?.cancel();
      return response.status;
    } catch {
      return said();
    }
  };
  await until(ask, (status) => status === 200);
}

async function overHttp(port: number, ca: string): Promise<void> {
  using client = Deno.createHttpClient({ caCerts: [ca] });
  const response = await fetch(`https://localhost:${port}/encode`, {
    client,
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ data: [{ text: LARGE_TEXT }] }),
  });
  assert.equal(response.status, 200);
  assert.equal((await response.json()).data[0].embedding.length, 128);
}

async function overWebSocket(port: number, ca: string): Promise<void> {
  const socket = await new WsClient(`wss://localhost:${port}`, ["json"], { ca }).open();
  socket.send(JSON.stringify({ execEndpoint: "/encode", data: [{ text: LARGE_TEXT }] }));
  const [frame] = await socket.take(1);
  assert.equal(JSON.parse(new TextDecoder().decode(frame!.bytes)).data[0].embedding.length, 128);
  await socket.close();
}

async function overGrpc(port: number, ca: string): Promise<void> {
  const client = new GrpcClient(`grpcs://localhost:${port}`, { ca });
  try {
    const requests = [textRequest([LARGE_TEXT]), textRequest(["a blue square"])];
    const deadline = Date.now() + PATIENCE_MS;
    const answers = await client.call(requests, undefined, { deadline });
    assert.deepEqual(answers.map(({ docs }) => docs[0]!.embedding?.shape), [[128], [128]]);
    const health = await client.unary("/grpc.health.v1.Health/Check");
    assert.deepEqual([...health], [0x08, 0x01]);
    const live = await client.unary("/inference.GRPCInferenceService/ServerLive");
    assert.deepEqual([...live], [0x08, 0x01]);
  } finally {
    client.close();
  }
}

/** Whether the program is there. Where it is not, its test is skipped aloud; in CI it must be. */
function isInstalled(program: string): boolean {
  try {
    new Deno.Command(program, { args: ["version"], stdout: "null", stderr: "null" }).outputSync();
    return true;
  } catch {
    assert.ok(!Deno.env.get("CI"), `CI must have ${program}`);
    const words = `Proxies: ${program} is not tested, as it is not installed\n`;
    Deno.stderr.writeSync(new TextEncoder().encode(words));
    return false;
  }
}
