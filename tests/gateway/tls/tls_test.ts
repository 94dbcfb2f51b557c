import assert from "node:assert/strict";
import { connect } from "node:tls";
import { encodeRequestProto } from "../../../src/dialects/jina/proto/request.ts";
import { readTlsIdentity, TlsFiles } from "../../../src/gateway/tls/tls_files.ts";
import { Log, SILENT_LOG } from "../../../src/telemetry/log.ts";
import { Certificates } from "../../support/certificates.ts";
import { nodeOnly } from "../../support/http_server.ts";
import { openGateways } from "../../support/gateways.ts";
import { GrpcClient, textRequest } from "../../support/grpc_client.ts";
import { settle } from "../../support/turns.ts";
import { WsClient } from "../../support/ws_client.ts";

const PROTOCOLS = ["grpc", "http", "websocket"] as const;

interface Peer {
  name: string;
  version: string | null;
}

/** The server's certificate and version as a client sees them; what refused it otherwise. */
function peer(url: string, options: Record<string, unknown> = {}): Promise<Peer> {
  const { hostname, port } = new URL(url.replace(/^\w+:/, "https:"));
  return new Promise((resolve, reject) => {
    const socket = connect({
      host: hostname,
      port: Number(port),
      rejectUnauthorized: false,
      ALPNProtocols: ["h2", "http/1.1"],
      ...options,
    }, () => {
      const name = String(socket.getPeerCertificate().subject?.CN);
      resolve({ name, version: socket.getProtocol() });
      socket.destroy();
    });
    socket.on("error", reject);
  });
}

/** What openssl says of a handshake with TLS 1.1. */
async function olderPeer(url: string): Promise<string> {
  const { host } = new URL(url.replace(/^\w+:/, "https:"));
  const { stderr } = await new Deno.Command("openssl", {
    args: ["s_client", "-connect", host, "-tls1_1", "-cipher", "DEFAULT@SECLEVEL=0"],
    stdin: "null",
  }).output();
  return new TextDecoder().decode(stderr);
}

/** One text through each protocol, trusting `ca`. */
async function embedEverywhere(url: (protocol: typeof PROTOCOLS[number]) => string, ca: string) {
  const grpc = new GrpcClient(url("grpc"), { ca });
  const [answer] = await grpc.call([textRequest(["hello"])]);
  grpc.close();
  assert.equal(answer!.docs[0]!.embedding!.shape[0], 4);
  using client = Deno.createHttpClient({ caCerts: [ca] });
  const response = await fetch(`${url("http")}/post`, {
    client,
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ data: [{ text: "hello" }] }),
  });
  assert.deepEqual((await response.json()).data[0].embedding, [5, 1, 2, 3]);
  const ws = await new WsClient(url("websocket"), ["bytes"], { ca }).open();
  ws.send(encodeRequestProto(textRequest(["hello"])));
  ws.send(Uint8Array.of(0));
  assert.equal((await ws.closed).code, 1000);
  assert.equal(ws.frames.length, 1);
}

function tlsFlow(certificates: Certificates, name: string, password?: string): string[] {
  return [
    `ssl_certfile: ${certificates.path(`${name}.crt`)}`,
    `ssl_keyfile: ${certificates.path(`${name}.key`)}`,
    ...(password ? [`uvicorn_kwargs: {ssl_keyfile_password: ${password}}`] : []),
  ];
}

Deno.test("Every protocol is served over TLS 1.2 and 1.3, and no older one", async () => {
  using certificates = new Certificates();
  certificates.selfSigned("one");
  const ca = Deno.readTextFileSync(certificates.path("one.crt"));
  await using gateways = await openGateways({
    protocol: "[grpc, http, websocket]",
    gateway: tlsFlow(certificates, "one"),
  });
  await embedEverywhere((protocol) => gateways.url(protocol), ca);
  for (const protocol of PROTOCOLS) {
    const url = gateways.url(protocol);
    assert.match(url, /^(grpcs|https|wss):/);
    for (const version of ["TLSv1.2", "TLSv1.3"]) {
      const seen = await peer(url, { minVersion: version, maxVersion: version });
      assert.deepEqual(seen, { name: "one", version });
    }
    assert.match(await olderPeer(url), /alert (protocol version|handshake failure)/);
  }
});

Deno.test("A chain leads to its root, and an encrypted RSA key opens with its password", async () => {
  using certificates = new Certificates();
  certificates.chain();
  const root = Deno.readTextFileSync(certificates.path("root.crt"));
  await using chained = await openGateways({
    protocol: "[grpc, http, websocket]",
    gateway: tlsFlow(certificates, "leaf"),
  });
  await embedEverywhere((protocol) => chained.url(protocol), root);
  certificates.selfSigned("locked", "-newkey", "rsa:2048", "-passout", "pass:secret");
  const ca = Deno.readTextFileSync(certificates.path("locked.crt"));
  await using locked = await openGateways({
    protocol: "[grpc, http, websocket]",
    gateway: tlsFlow(certificates, "locked", "secret"),
  });
  await embedEverywhere((protocol) => locked.url(protocol), ca);
});

Deno.test(
  "A certificate replaced on disk is taken up without a restart, by every protocol",
  nodeOnly("keeps its certificate"),
  async () => {
    using certificates = new Certificates();
    certificates.selfSigned("old");
    certificates.selfSigned("new");
    certificates.selfSigned("current");
    const replace = (name: string, parts = ["crt", "key"]) => {
      for (const part of parts) {
        // As certbot and Kubernetes do it: another file takes the name.
        Deno.copyFileSync(certificates.path(`${name}.${part}`), certificates.path("next"));
        Deno.renameSync(certificates.path("next"), certificates.path(`current.${part}`));
      }
    };
    replace("old");
    const lines: string[] = [];
    const log = new Log("test", {
      level: "WARNING",
      json: false,
      color: false,
      write: (line) => lines.push(line),
    });
    await using gateways = await openGateways({
      protocol: "[grpc, http, websocket]",
      gateway: tlsFlow(certificates, "current"),
      log,
      tlsPollMs: 1,
    });
    const names = () =>
      Promise.all(PROTOCOLS.map(async (protocol) => (await peer(gateways.url(protocol))).name));
    assert.deepEqual(await names(), ["old", "old", "old"]);
    const stays = await new WsClient(gateways.url("websocket"), ["bytes"], {
      rejectUnauthorized: false,
    }).open();
    // Half of the pair only: it fits nothing yet.
    replace("new", ["crt"]);
    await settle(() => lines.some((line) => line.includes("the old one stays")));
    assert.deepEqual(await names(), ["old", "old", "old"]);
    replace("new", ["key"]);
    let seen = await names();
    while (seen.some((name) => name !== "new")) seen = await names();
    stays.send(encodeRequestProto(textRequest(["a"])));
    assert.equal((await stays.take(1)).length, 1);
    await stays.close();
  },
);

Deno.test("Keys of every form are read", () => {
  using certificates = new Certificates();
  const { openssl } = certificates;
  const ssl = (...args: string[]) => openssl.apply(certificates, args);
  certificates.selfSigned("rsa", "-newkey", "rsa:2048", "-nodes");
  certificates.selfSigned("ec");
  ssl("rsa", "-in", "rsa.key", "-traditional", "-out", "pkcs1.key");
  ssl("ec", "-in", "ec.key", "-out", "sec1.key");
  const lock = ["-passout", "pass:secret"];
  ssl("rsa", "-in", "rsa.key", "-aes256", "-traditional", ...lock, "-out", "pkcs1-aes.key");
  ssl("ec", "-in", "ec.key", "-aes128", ...lock, "-out", "sec1-aes.key");
  const pkcs8 = (name: string, ...how: string[]) =>
    ssl("pkcs8", "-topk8", "-in", "rsa.key", ...how, ...lock, "-out", name);
  const locked = ["pkcs1-aes.key"];
  for (const cipher of ["aes-128-cbc", "aes-256-cbc", "des3"]) {
    for (const hash of ["hmacWithSHA1", "hmacWithSHA256", "hmacWithSHA512"]) {
      pkcs8(`${cipher}-${hash}.key`, "-v2", cipher, "-v2prf", hash);
      locked.push(`${cipher}-${hash}.key`);
    }
  }
  pkcs8("scrypt.key", "-scrypt");
  locked.push("scrypt.key");
  const read = (cert: string, key: string, keyPassword: string | null) =>
    readTlsIdentity({
      certFile: certificates.path(cert),
      keyFile: certificates.path(key),
      keyPassword,
      clientCaFile: null,
    });
  for (const key of ["rsa.key", "pkcs1.key"]) {
    assert.match(read("rsa.crt", key, null).key, /^-----BEGIN PRIVATE KEY-----/);
  }
  for (const key of ["ec.key", "sec1.key"]) read("ec.crt", key, null);
  read("ec.crt", "sec1-aes.key", "secret");
  for (const key of locked) {
    assert.match(read("rsa.crt", key, "secret").key, /^-----BEGIN PRIVATE KEY-----/, key);
    assert.throws(() => read("rsa.crt", key, "wrong"), /password|encryption/, key);
    assert.throws(() => read("rsa.crt", key, null), /its password is expected/, key);
  }
});

Deno.test("Wrong files are configuration errors that say what is wrong", () => {
  using certificates = new Certificates();
  certificates.selfSigned("one");
  certificates.selfSigned("two");
  const write = (name: string, text: string) =>
    Deno.writeTextFileSync(certificates.path(name), text);
  write("empty", "");
  const pem = Deno.readTextFileSync(certificates.path("one.crt"));
  write("damaged.crt", pem.replace(/\n.{30}/, "\n" + "A".repeat(30)));
  write("damaged.key", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n");
  write(
    "cut.key",
    "-----BEGIN ENCRYPTED PRIVATE KEY-----\nMIIF\n-----END ENCRYPTED PRIVATE KEY-----",
  );
  const cases: [string, string, RegExp][] = [
    ["nothing", "one.key", /'ssl_certfile' .*nothing cannot be read: there is no such file/],
    ["one.crt", "nothing", /'ssl_keyfile' .*nothing cannot be read: there is no such file/],
    ["empty", "one.key", /holds no PEM certificate/],
    ["one.key", "one.key", /'ssl_certfile' .* holds a private key/],
    ["one.crt", "one.crt", /'ssl_keyfile' .* holds a certificate/],
    ["one.crt", "empty", /holds no PEM key/],
    ["damaged.crt", "one.key", /the certificate is damaged/],
    ["one.crt", "damaged.key", /the key is damaged/],
    ["one.crt", "cut.key", /cut.key: it is damaged/],
    ["one.crt", "two.key", /two.key is not the key of the first certificate in .*one.crt/],
  ];
  for (const [cert, key, message] of cases) {
    const config = {
      certFile: certificates.path(cert),
      keyFile: certificates.path(key),
      keyPassword: "x",
      clientCaFile: null,
    };
    assert.throws(() => readTlsIdentity(config), { kind: "config", message }, `${cert} ${key}`);
  }
});

Deno.test("Files that have not changed are not read again", () => {
  using certificates = new Certificates();
  certificates.selfSigned("one");
  const files = new TlsFiles({
    certFile: certificates.path("one.crt"),
    keyFile: certificates.path("one.key"),
    keyPassword: null,
    clientCaFile: null,
  }, SILENT_LOG);
  let told = 0;
  files.listen(() => told++);
  files.check();
  assert.equal(told, 0);
  Deno.utimeSync(certificates.path("one.crt"), new Date(0), new Date(0));
  files.check();
  files.check();
  assert.equal(told, 1);
  files.close();
});
