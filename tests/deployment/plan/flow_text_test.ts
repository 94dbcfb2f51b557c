/** Changes of a flow's text, in all the ways in which YAML may be written. */
import assert from "node:assert/strict";
import { planOf } from "../../support/planned_flow.ts";

const FILES = ["server.pem", "server.key"];
const EXECUTORS = "executors:\n  - uses: CLIPEncoder\n";

async function textOf(text: string): Promise<string> {
  return (await planOf(text, { files: FILES })).flow.text;
}

Deno.test("aliases and merged keys are changed where they are used, or where they are defined", async () => {
  const text = await textOf(`jtype: Flow
with: &all
  protocol: [grpc, http]
  port: &ports [0, 0]
  env: {CERTIFICATE: &file server.pem}
  ssl_certfile: *file
  ssl_keyfile: server.key
gateway:
  <<: *all
  title: "é😀 x"
${EXECUTORS}`);
  assert.ok(text.includes("  port: &ports [51000, 51001]\n"), text);
  assert.ok(text.includes("  env: {CERTIFICATE: &file server.pem}\n"), text);
  assert.ok(text.includes("  ssl_certfile: /etc/clipline-tls/tls.crt\n"), text);
  assert.ok(text.includes("gateway:\n  monitoring: true\n  <<: *all\n"), text);
});

Deno.test("blocks of text, explicit keys, tags and quotes are changed", async () => {
  const text = await textOf(`jtype: Flow
with:
  ssl_certfile: >-
    server.pem
  # the key
  ssl_keyfile: |-
    server.key
  "host": 'localhost'
  ? port
  : !!int "0"
${EXECUTORS}`);
  assert.equal(
    text,
    `jtype: Flow
with:
  monitoring: true
  ssl_certfile: /etc/clipline-tls/tls.crt
  # the key
  ssl_keyfile: /etc/clipline-tls/tls.key
  "host": "0.0.0.0"
  ? port
  : !!int 51000
${EXECUTORS}`,
  );
});

Deno.test("line breaks of Windows become those of the container", async () => {
  const text = await textOf(
    `jtype: Flow\nwith:\n  host: localhost # hé\n${EXECUTORS}`.replaceAll("\n", "\r\n"),
  );
  assert.equal(
    text,
    `jtype: Flow\nwith:\n  monitoring: true\n  host: "0.0.0.0" # hé\n${EXECUTORS}`,
  );
});

Deno.test("a list with a port that the system chooses is written out, references and all", async () => {
  const plan = await planOf(`jtype: Flow
with:
  protocol: [grpc, http]
  port: [0, "\${{ root.gateway.port_monitoring }}"]
gateway:
  monitoring: false
  port_monitoring: 7001
${EXECUTORS}`);
  assert.ok(plan.flow.text.includes("port: [51000, 7001]"), plan.flow.text);
  assert.deepEqual(plan.ports.map(({ port }) => port), [51000, 7001]);
});

Deno.test("a port in a block of text does not swallow the next key", async () => {
  const text = await textOf(`jtype: Flow\nwith:\n  port: |\n    0\n${EXECUTORS}`);
  assert.ok(text.includes(`  port: 51000\n${EXECUTORS}`), text);
});
