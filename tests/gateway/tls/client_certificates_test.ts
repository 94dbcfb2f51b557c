/** `ssl_client_ca`: who has no certificate of the right authority is not served, over any protocol. */
import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { Client, credentials } from "@grpc/grpc-js";
import { encodeRequestProto } from "../../../src/dialects/jina/proto/request.ts";
import { readTlsIdentity } from "../../../src/gateway/tls/tls_files.ts";
import { errorsOf, load, withGateway } from "../../flow/flow_fixture.ts";
import { Certificates } from "../../support/certificates.ts";
import { nodeOnly } from "../../support/http_server.ts";
import { openGateways } from "../../support/gateways.ts";
import { textRequest } from "../../support/grpc_client.ts";
import { WsClient } from "../../support/ws_client.ts";

const node = nodeOnly("cannot ask clients for certificates");

interface Pair {
  cert: string;
  key: string;
}

/** A client's certificates: its own of `root`, and one of somebody else. */
function prepare(certificates: Certificates): Record<"good" | "wrong", Pair> {
  certificates.selfSigned("server");
  certificates.chain();
  certificates.selfSigned("stranger");
  const pair = (name: string) => ({
    cert: Deno.readTextFileSync(certificates.path(`${name}.crt`)),
    key: Deno.readTextFileSync(certificates.path(`${name}.key`)),
  });
  return { good: pair("leaf"), wrong: pair("stranger") };
}

function flow(certificates: Certificates, ca = "root.crt"): string[] {
  return [
    `ssl_certfile: ${certificates.path("server.crt")}`,
    `ssl_keyfile: ${certificates.path("server.key")}`,
    `ssl_client_ca: ${certificates.path(ca)}`,
  ];
}

type Gateways = Awaited<ReturnType<typeof openGateways>>;

/** What each protocol says to a client: "served", or "refused". */
async function outcomes(gateways: Gateways, ca: string, pair: Pair | undefined) {
  const served = async (work: () => Promise<unknown>) => {
    try {
      await work();
      return "served";
    } catch {
      return "refused";
    }
  };
  using client = Deno.createHttpClient({ caCerts: [ca], ...pair });
  const http = (path: string, body?: string) => async () => {
    const response = await fetch(gateways.url("http") + path, {
      client,
      ...(body === undefined ? {} : {
        method: "POST",
        headers: { "content-type": "application/json" },
        body,
      }),
    });
    assert.equal(response.status, 200);
    await response.body?.cancel();
  };
  const websocket = async () => {
    const socket = await new WsClient(gateways.url("websocket"), ["bytes"], { ca, ...pair }).open();
    socket.send(encodeRequestProto(textRequest(["hello"])));
    assert.equal((await socket.take(1)).length, 1);
    await socket.close();
  };
  const { host } = new URL(gateways.url("grpc").replace("grpcs", "https"));
  const grpc = (path: string, message: Uint8Array) => async () => {
    const { cert, key } = pair ?? {};
    const client = new Client(
      host,
      credentials.createSsl(
        Buffer.from(ca),
        key ? Buffer.from(key) : null,
        cert ? Buffer.from(cert) : null,
      ),
      { "grpc.ssl_target_name_override": "localhost", "grpc.use_local_subchannel_pool": 1 },
    );
    try {
      await new Promise((resolve, reject) =>
        client.makeUnaryRequest(
          path,
          Buffer.from,
          Buffer.from,
          message,
          (error, value) => error ? reject(error) : resolve(value),
        )
      );
    } finally {
      client.close();
    }
  };
  return {
    http: await served(http("/post", '{"data":[{"text":"hello"}],"execEndpoint":"/"}')),
    httpHealth: await served(http("/healthz/ready")),
    websocket: await served(websocket),
    grpc: await served(
      grpc(
        "/jina.JinaSingleDataRequestRPC/process_single_data",
        encodeRequestProto(textRequest(["hello"])),
      ),
    ),
    grpcHealth: await served(grpc("/grpc.health.v1.Health/Check", new Uint8Array())),
  };
}

const all = (outcome: string) => ({
  http: outcome,
  httpHealth: outcome,
  websocket: outcome,
  grpc: outcome,
  grpcHealth: outcome,
});

Deno.test("a client shows a certificate of the authority, over every protocol", node, async () => {
  using certificates = new Certificates();
  const { good, wrong } = prepare(certificates);
  const ca = Deno.readTextFileSync(certificates.path("server.crt"));
  await using gateways = await openGateways({
    protocol: "[grpc, http, websocket]",
    gateway: flow(certificates),
  });
  assert.deepEqual(await outcomes(gateways, ca, good), all("served"));
  assert.deepEqual(await outcomes(gateways, ca, undefined), all("refused"));
  assert.deepEqual(await outcomes(gateways, ca, wrong), all("refused"));
});

Deno.test("another authority is taken up without a restart", node, async () => {
  using certificates = new Certificates();
  const { good, wrong } = prepare(certificates);
  const ca = Deno.readTextFileSync(certificates.path("server.crt"));
  Deno.copyFileSync(certificates.path("stranger.crt"), certificates.path("trusted.crt"));
  await using gateways = await openGateways({
    protocol: "[grpc, http, websocket]",
    gateway: flow(certificates, "trusted.crt"),
    tlsPollMs: 1,
  });
  assert.deepEqual(await outcomes(gateways, ca, good), all("refused"));
  Deno.copyFileSync(certificates.path("root.crt"), certificates.path("next"));
  Deno.renameSync(certificates.path("next"), certificates.path("trusted.crt"));
  let seen = await outcomes(gateways, ca, good);
  while (Object.values(seen).includes("refused")) seen = await outcomes(gateways, ca, good);
  assert.deepEqual(await outcomes(gateways, ca, wrong), all("refused"));
});

Deno.test("ssl_client_ca is refused where it would not hold", () => {
  using certificates = new Certificates();
  certificates.selfSigned("server");
  const lines = flow(certificates, "server.crt");
  const problems = (...gateway: string[]) => errorsOf(withGateway(gateway.join("\n")));
  assert.match(
    problems(lines[2]!).join("\n"),
    /:3:\d+: with\.ssl_client_ca: there is no TLS .* expected 'ssl_certfile' and 'ssl_keyfile'/,
  );
  for (const protocol of ["http", "websocket", "[grpc, http]"]) {
    assert.match(
      problems(...lines, "http_server: deno", `protocol: ${protocol}`).join("\n"),
      /with\.ssl_client_ca: Deno\.serve cannot ask .* expected 'http_server: node'/,
    );
  }
  const { tls } = load(withGateway([...lines, "http_server: deno"].join("\n"))).gateway;
  assert.equal(tls?.clientCaFile, certificates.path("server.crt"));
});

Deno.test("a wrong authority's file is an error of the start", () => {
  using certificates = new Certificates();
  certificates.selfSigned("server");
  Deno.writeTextFileSync(certificates.path("empty"), "");
  for (
    const [file, message] of [
      ["nothing", /'ssl_client_ca' .*nothing cannot be read: there is no such file/],
      ["empty", /'ssl_client_ca' .*empty holds no PEM certificate/],
      ["server.key", /'ssl_client_ca' .*server\.key holds a private key/],
    ] as const
  ) {
    assert.throws(() =>
      readTlsIdentity({
        certFile: certificates.path("server.crt"),
        keyFile: certificates.path("server.key"),
        keyPassword: null,
        clientCaFile: certificates.path(file),
      }), { kind: "config", key: "ssl_client_ca", message });
  }
});
