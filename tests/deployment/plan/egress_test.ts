import assert from "node:assert/strict";
import { planOf } from "../../support/planned_flow.ts";

Deno.test("ports of databases, mirrors, proxies and object storage are let out", async () => {
  const { egressPorts } = await planOf(
    `jtype: Flow
executors:
  - uses: CLIPEncoder
  - uses: {jtype: AnnLiteIndexer, with: {url: "postgresql://me:$PASSWORD@host:6432/db"}}
  - {uses: CLIPEncoder, name: b}
  - {name: i, uses: {jtype: AnnLiteIndexer, with: {url: "postgres://host/db"}}}
`,
    {
      env: { PASSWORD: "p" },
      options: {
        variables: [
          { name: "CLIPLINE_MIRROR", value: "http://mirror:8080/m" },
          { name: "HF_ENDPOINT", value: "https://hub" },
          { name: "OTEL_EXPORTER_OTLP_ENDPOINT", value: "collector:4317" },
          { name: "TITLE", value: "no://[" },
        ],
      },
    },
  );
  assert.deepEqual(egressPorts, [80, 443, 4317, 5432, 6432, 8080]);
});

Deno.test("collectors of traces are let out that the flow names", async () => {
  const ports = async (gateway: string, executor = "") =>
    (await planOf(`jtype: Flow
with: {${gateway}}
executors: [{uses: CLIPEncoder${executor}}]
`)).egressPorts;
  const host = "traces_exporter_host: 'http://collector'";
  assert.deepEqual(await ports(`tracing: true, ${host}`), [80, 443, 4317]);
  assert.deepEqual(await ports(`tracing: true, ${host}, traces_exporter_port: 4318`), [
    80,
    443,
    4318,
  ]);
  assert.deepEqual(await ports("", `, tracing: true, ${host}`), [80, 443, 4317]);
  assert.deepEqual(await ports(`tracing: false, ${host}`), [80, 443]);
  assert.deepEqual(await ports("env: {HTTPS_PROXY: 'http://proxy:3128'}"), [80, 443, 3128]);
  assert.deepEqual(await ports("", ", env: {CUDA_VISIBLE_DEVICES: 'RR1:4'}"), [80, 443]);
});
