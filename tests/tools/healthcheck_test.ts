import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { Certificates } from "../support/certificates.ts";
import { openGateways } from "../support/gateways.ts";
import { ownPort } from "../support/own_port.ts";
import { isReady } from "../../tools/healthcheck.ts";

const PROGRAM = fileURLToPath(new URL("../../tools/healthcheck.ts", import.meta.url));
const FLAGS = ["--allow-net", "--allow-env", "--allow-read", "--allow-sys", "--no-prompt"];

/** The exit code of the program, as Docker runs it. */
async function exitCode(args: string[], env: Record<string, string> = {}): Promise<number> {
  const command = new Deno.Command(Deno.execPath(), {
    args: ["run", "--no-check", ...FLAGS, PROGRAM, ...args],
    env,
    stdout: "null",
    stderr: "null",
  });
  return (await command.output()).code;
}

Deno.test("isReady() follows a server's life over HTTP and gRPC", async () => {
  await using gateways = await openGateways({ protocol: "[grpc, http]" });
  for (const url of [gateways.url("grpc"), gateways.url("http")]) {
    gateways.lifecycle.enter("starting");
    assert.equal(await isReady(url), false, url);
    gateways.lifecycle.enter("serving");
    assert.equal(await isReady(url), true, url);
    gateways.encoder.ready = false;
    assert.equal(await isReady(url), false, url);
    gateways.encoder.ready = true;
  }
});

Deno.test("The health check asks over HTTPS with an authority of one's own", async () => {
  using certificates = new Certificates();
  certificates.selfSigned("own");
  const files = ["crt", "key"].map((kind) => certificates.path(`own.${kind}`));
  await using gateways = await openGateways({
    protocol: "http",
    gateway: [`ssl_certfile: ${files[0]}`, `ssl_keyfile: ${files[1]}`],
  });
  const url = gateways.url("http").replace("127.0.0.1", "localhost");
  assert.equal(await exitCode([url], { DENO_CERT: files[0]! }), 0);
  assert.equal(await exitCode([url]), 1);
});

Deno.test("isReady() asks its own machine over TLS, whatever names the certificate has", async () => {
  using certificates = new Certificates();
  certificates.selfSigned("own");
  await using gateways = await openGateways({
    protocol: "[grpc, http]",
    gateway: [
      `ssl_certfile: ${certificates.path("own.crt")}`,
      `ssl_keyfile: ${certificates.path("own.key")}`,
    ],
  });
  for (const url of [gateways.url("grpc"), gateways.url("http")]) {
    assert.match(url, /^(grpcs|https):\/\/127\.0\.0\.1/);
    assert.equal(await isReady(url), true, url);
    gateways.encoder.ready = false;
    assert.equal(await isReady(url), false, url);
    gateways.encoder.ready = true;
  }
});

Deno.test("isReady() is false where nobody listens, and refuses other schemes", async () => {
  assert.equal(await isReady(`grpc://127.0.0.1:${await ownPort()}`), false);
  await assert.rejects(isReady(`http://127.0.0.1:${await ownPort()}`));
  await assert.rejects(isReady("ftp://127.0.0.1"), /neither http, https, grpc nor grpcs/);
});

Deno.test("The health check's exit code is 0 for a ready server and 1 otherwise", async () => {
  await using gateways = await openGateways({ protocol: "[grpc, http]" });
  assert.equal(await exitCode([gateways.url("http")]), 0);
  assert.equal(await exitCode([], { HEALTH_URL: gateways.url("grpc") }), 0);
  gateways.lifecycle.enter("draining");
  assert.equal(await exitCode([gateways.url("grpc")]), 1);
  assert.equal(await exitCode([`http://127.0.0.1:${await ownPort()}`]), 1);
});
