import assert from "node:assert/strict";
import { loadFlow } from "../../src/flow/load.ts";

/** A flow with lines of its gateway and of its executor. */
function flowText(gateway: string[], executor: string[]): string {
  return `jtype: Flow
with:
  port: 0
${gateway.map((line) => `  ${line}\n`).join("")}executors:
  - name: clip
${executor.map((line) => `    ${line}\n`).join("")}    uses:
      jtype: CLIPEncoder
`;
}

function tracingOf(gateway: string[], executor: string[] = []) {
  return loadFlow({ text: flowText(gateway, executor), name: "flow.yml" }, {}).tracing;
}

Deno.test("Without a word the environment decides", () => {
  assert.deepEqual(tracingOf([]), { wanted: null, host: null, port: null });
  assert.deepEqual(tracingOf(["tracing:"]), { wanted: null, host: null, port: null });
});

Deno.test("Jina's keys, of the gateway", () => {
  const keys = ["tracing: true", "traces_exporter_host: http://a", "traces_exporter_port: 4317"];
  assert.deepEqual(tracingOf(keys), { wanted: true, host: "http://a", port: 4317 });
  assert.deepEqual(tracingOf(["tracing: false"], ["tracing: true"]).wanted, false);
});

Deno.test("An executor that is traced turns it on, and says where if the gateway does not", () => {
  const executor = ["tracing: true", "traces_exporter_host: '[::1]'", "traces_exporter_port: 4318"];
  assert.deepEqual(tracingOf([], executor), { wanted: true, host: "[::1]", port: 4318 });
  const host = tracingOf(["traces_exporter_host: b"], executor).host;
  assert.equal(host, "b");
});

Deno.test("An indexer's keys count as an encoder's, after those of encoders", () => {
  const indexer = (keys: string[]) =>
    `  - name: pictures
    uses:
      jtype: AnnLiteIndexer
      with:
        n_dim: 512
${keys.map((key) => `    ${key}\n`).join("")}`;
  const keys = ["tracing: true", "traces_exporter_host: a", "traces_exporter_port: 4318"];
  const flow = loadFlow({ text: flowText([], []) + indexer(keys), name: "flow.yml" }, {});
  assert.deepEqual(flow.tracing, { wanted: true, host: "a", port: 4318 });
  assert.deepEqual(flow.warnings, []);
  const both = flowText([], ["tracing: true", "traces_exporter_host: b"]) + indexer(keys);
  assert.equal(loadFlow({ text: both, name: "flow.yml" }, {}).tracing.host, "b");
  const off = flowText(["tracing: false"], []) + indexer(keys);
  assert.equal(loadFlow({ text: off, name: "flow.yml" }, {}).tracing.wanted, false);
  assert.throws(
    () => loadFlow({ text: flowText([], []) + indexer(["tracing: maybe"]), name: "f.yml" }, {}),
    /f\.yml:13:14: executors\[1\]\.tracing: /,
  );
});

Deno.test("A host with a port, a path or a name and password is refused with its line", () => {
  for (const host of ["http://a:4317", "a/b", "http://u:p@a", "ftp://a"]) {
    assert.throws(
      () => tracingOf(["tracing: true", `traces_exporter_host: ${host}`]),
      /flow\.yml:5:25: with\.traces_exporter_host: .*expected a host like collector/,
      host,
    );
  }
});
