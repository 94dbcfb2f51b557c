/**
 * Conformance with a second implementation of the client's side: C-core's gRPC with stubs made from
 * our protocol files, and aiohttp, as the original's Python clients have them.
 */
import assert from "node:assert/strict";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { localUrl } from "../../src/server/banner.ts";
import { Certificates } from "../support/certificates.ts";
import { startTestServer } from "../support/server.ts";

const PYTHON = "/usr/bin/python3";
const CLIENT = fileURLToPath(new URL("client.py", import.meta.url));
const PROTO = fileURLToPath(new URL("../../proto/", import.meta.url));
const FILES = ["docarray.proto", "jina.proto", "health.proto"];
const SAMPLES = fileURLToPath(new URL("../fixtures/demo/images/", import.meta.url));
const NEEDED = "python3-grpcio, python3-grpc-tools and python3-aiohttp (Debian's packages)";

const missing = !run(["-c", "import grpc, grpc_tools, aiohttp"]).success;
const ignore = missing && Deno.env.get("CI") !== "true";
if (ignore) {
  const line = `SKIPPED: the conformance tests need ${NEEDED}; they do not run here\n`;
  Deno.stderr.writeSync(new TextEncoder().encode(line));
}

function run(args: string[], cwd?: string): Deno.CommandOutput {
  try {
    return new Deno.Command(PYTHON, { args, ...(cwd ? { cwd } : {}) }).outputSync();
  } catch (thrown) {
    if (!(thrown instanceof Deno.errors.NotFound)) throw thrown;
    const empty = new Uint8Array(0);
    return { success: false, code: 127, signal: null, stdout: empty, stderr: empty };
  }
}

for (const tls of [false, true]) {
  Deno.test({
    name: `A client on C-core and aiohttp is served ${tls ? "with" : "without"} TLS`,
    ignore,
    fn: async (t) => {
      assert.ok(!missing, `${NEEDED} are missing`);
      const stubs = Deno.makeTempDirSync({ prefix: "clipline-stubs-" });
      using certificates = new Certificates();
      const gateway: string[] = [];
      if (tls) {
        certificates.selfSigned("one");
        gateway.push(`ssl_certfile: ${certificates.path("one.crt")}`);
        gateway.push(`ssl_keyfile: ${certificates.path("one.key")}`);
      }
      const { server } = await startTestServer({
        protocol: "[grpc, http, websocket]",
        port: "[0, 0, 0]",
        gateway,
      });
      try {
        for (const file of FILES) {
          // Debian's grpc_tools are of before proto3 had `optional`; on the wire it is the same.
          const text = Deno.readTextFileSync(join(PROTO, file)).replaceAll(
            /^ {2}optional /gm,
            "  ",
          );
          Deno.writeTextFileSync(join(stubs, file), text);
        }
        const made = run([
          ...["-m", "grpc_tools.protoc", `-I${stubs}`, `--python_out=${stubs}`],
          ...[`--grpc_python_out=${stubs}`, ...FILES],
        ]);
        assert.ok(made.success, new TextDecoder().decode(made.stderr));
        const urls = server.addresses.map(localUrl);
        const { stdout, stderr } = await new Deno.Command(PYTHON, {
          args: [
            ...[CLIENT, stubs, ...urls, join(SAMPLES, sample())],
            ...(tls ? [certificates.path("one.crt")] : []),
          ],
          // What they generate is too old for the other implementations of Debian's protobuf.
          env: { PROTOCOL_BUFFERS_PYTHON_IMPLEMENTATION: "python" },
        }).output();
        const lines = new TextDecoder().decode(stdout).trim().split("\n").filter(Boolean);
        assert.ok(lines.length > 20, new TextDecoder().decode(stderr));
        for (const line of lines) {
          const { check, error } = JSON.parse(line);
          await t.step(check, () => assert.equal(error, null, error));
        }
      } finally {
        await server.stop(1000);
        Deno.removeSync(stubs, { recursive: true });
      }
    },
  });
}

/** Any small picture of the fixtures. */
function sample(): string {
  const names = [...Deno.readDirSync(SAMPLES)].map(({ name }) => name).sort();
  return names.find((name) => name.endsWith(".png"))!;
}
