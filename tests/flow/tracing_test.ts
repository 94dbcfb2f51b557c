import assert from "node:assert/strict";
import { loadFlow } from "../../src/flow/load.ts";

/** A flow with lines of its gateway and of its executor. */
function tracingOf(gateway: string[], executor: string[] = []) {
  const text = `jtype: Flow
with:
  port: 0
${gateway.map((line) => `  ${line}\n`).join("")}executors:
  - name: clip
${executor.map((line) => `    ${line}\n`).join("")}    uses:
      jtype: CLIPEncoder
`;
  return loadFlow({ text, name: "flow.yml" }, {}).tracing;
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

Deno.test("A host with a port, a path or a name and password is refused with its line", () => {
  for (const host of ["http://a:4317", "a/b", "http://u:p@a", "ftp://a"]) {
    assert.throws(
      () => tracingOf(["tracing: true", `traces_exporter_host: ${host}`]),
      /flow\.yml:5:25: with\.traces_exporter_host: .*expected a host like collector/,
      host,
    );
  }
});
