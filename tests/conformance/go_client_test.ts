/** Conformance with a third implementation of the client's side: grpc-go, which takes nothing loosely. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Certificates } from "../support/certificates.ts";
import { startTestServer } from "../support/server.ts";

const SOURCE = fileURLToPath(new URL("go/", import.meta.url));
/** What go.mod asks for. */
const NEEDED = "Go 1.24 or newer";

const missing = !hasGo();
const ignore = missing && Deno.env.get("CI") !== "true";
if (ignore) {
  const line = `SKIPPED: the conformance tests with Go need ${NEEDED}; they do not run here\n`;
  Deno.stderr.writeSync(new TextEncoder().encode(line));
}

function hasGo(): boolean {
  try {
    const { stdout } = new Deno.Command("go", { args: ["env", "GOVERSION"] }).outputSync();
    const [, major, minor] = /^go(\d+)\.(\d+)/.exec(new TextDecoder().decode(stdout)) ?? [];
    return Number(major) > 1 || Number(minor) >= 24;
  } catch (thrown) {
    if (thrown instanceof Deno.errors.NotFound) return false;
    throw thrown;
  }
}

for (const tls of [false, true]) {
  Deno.test({
    name: `A client of grpc-go is served ${tls ? "with" : "without"} TLS`,
    ignore,
    fn: async (t) => {
      assert.ok(!missing, `${NEEDED} is missing`);
      const folder = Deno.makeTempDirSync({ prefix: "clipline-go-" });
      using certificates = new Certificates();
      const gateway = ["compression: Gzip"];
      if (tls) {
        certificates.selfSigned("one");
        gateway.push(`ssl_certfile: ${certificates.path("one.crt")}`);
        gateway.push(`ssl_keyfile: ${certificates.path("one.key")}`);
      }
      const { server } = await startTestServer({ protocol: "grpc", gateway });
      try {
        const client = join(folder, "client");
        const built = await new Deno.Command("go", {
          args: ["build", "-mod=readonly", "-buildvcs=false", "-o", client, "."],
          cwd: SOURCE,
        }).output();
        assert.ok(built.success, new TextDecoder().decode(built.stderr));
        const { stdout, stderr } = await new Deno.Command(client, {
          args: [
            `localhost:${server.addresses[0]!.port}`,
            ...(tls ? [certificates.path("one.crt")] : []),
          ],
        }).output();
        const lines = new TextDecoder().decode(stdout).trim().split("\n").filter(Boolean);
        assert.ok(
          lines.length > 10,
          new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr),
        );
        for (const line of lines) {
          const { check, error } = JSON.parse(line);
          await t.step(check, () => assert.equal(error, "", error));
        }
      } finally {
        await server.stop(1000);
        Deno.removeSync(folder, { recursive: true });
      }
    },
  });
}
