import assert from "node:assert/strict";
import { ENCODER, planOf } from "../../support/planned_flow.ts";

async function notesOf(
  gateway: string,
  variables: { name: string; value: string }[] = [],
  executors = ENCODER,
): Promise<string> {
  const flow = `jtype: Flow\nwith: {monitoring: true, ${gateway}}\n${executors}`;
  return (await planOf(flow, { options: { variables } })).notes.join("\n");
}

Deno.test("a collector that would be in the container itself is told", async () => {
  assert.match(await notesOf("tracing: true"), /collector in the container itself/);
  assert.match(await notesOf("tracing: true, traces_exporter_host: localhost"), /container itself/);
  assert.match(await notesOf("tracing: true, traces_exporter_host: 'http://[::1]'"), /itself/);
  assert.equal(await notesOf("tracing: true, traces_exporter_host: collector"), "");
  const endpoint = { name: "OTEL_EXPORTER_OTLP_ENDPOINT", value: "http://collector:4318" };
  assert.equal(await notesOf("tracing: true", [endpoint]), "");
});

Deno.test("variables that name this machine are told, others are not", async () => {
  const here = ["http://localhost:9000", "https://127.0.0.1/x", "localhost:3128", "http://[::1]:1"];
  for (const value of [...here, "unix:/run/otel.sock", "http://a.localhost", "0.0.0.0:8080"]) {
    const told = await notesOf("title: a", [{ name: "AWS_ENDPOINT_URL", value }]);
    assert.match(told, /^AWS_ENDPOINT_URL names this machine/, value);
    assert.match(await notesOf(`env: {CLIPLINE_MIRROR: '${value}'}`), /^CLIPLINE_MIRROR names/);
  }
  for (
    const value of ["http://localhost.example", "db:5432", "RR1:4", "1", "", "http://10.0.0.1"]
  ) {
    assert.equal(await notesOf("title: a", [{ name: "SOME", value }]), "", value);
  }
});

Deno.test("a database of this machine is told, by its host, its socket and no host", async () => {
  const notesFor = (url: string) =>
    notesOf(
      "title: a",
      [],
      `executors:
  - uses: CLIPEncoder
  - { name: i, uses: { jtype: AnnLiteIndexer, with: { url: "${url}" } } }
`,
    );
  for (
    const url of [
      "postgresql://clip@localhost/x",
      "postgres://clip@127.0.0.1:5433/x",
      "postgresql:///x?host=/var/run/postgresql",
      "postgresql://clip@%2Fvar%2Frun%2Fpostgresql/x",
    ]
  ) assert.match(await notesFor(url), /^The 'url' of 'i' names this machine/, url);
  assert.equal(await notesFor("postgresql://clip@db.example/x"), "");
});
