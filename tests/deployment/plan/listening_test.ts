import assert from "node:assert/strict";
import { ENCODER, planOf } from "../../support/planned_flow.ts";

/** `with:` and an encoder. */
function flowWith(lines: string): string {
  return `jtype: Flow\nwith:\n  monitoring: true\n${lines}${ENCODER}`;
}

Deno.test("a flow of this machine alone listens everywhere in a container, and says so", async () => {
  for (const host of ["127.0.0.1", "localhost", "'[::1]'", "10.0.0.7"]) {
    const { flow, notes } = await planOf(flowWith(`  host: ${host} # mine\n`));
    assert.ok(flow.text.includes('  host: "0.0.0.0" # mine\n'), flow.text);
    assert.match(notes.join(), /listens on .* alone/);
  }
  for (const host of ["0.0.0.0", "'::'"]) {
    assert.ok((await planOf(flowWith(`  host: ${host}\n`))).flow.text.includes(`host: ${host}\n`));
  }
});

Deno.test("port 0 becomes one that nothing else has, however it is written", async () => {
  const written = [
    ["port: 0", "port: 51000"],
    ["port_expose: 0 # any", "port_expose: 51000 # any"],
    ["protocol: [grpc, http]\n  port: [0, 0]", "port: [51000, 51001]"],
    ["protocol: [grpc, http]\n  port:\n    - 51000\n    # any\n    - 0", "    # any\n    - 51001"],
    ["protocol: [http, websocket]\n  port: 0", "port: 51000"],
    ["protocol: [grpc, http]\n  port: '[0, 51000]'", "port: [51001, 51000]"],
    ["protocol: [grpc, http]\n  port: [$FIRST, 7000]", "port: [51000, 7000]"],
  ];
  for (const [given, wanted] of written) {
    const { flow } = await planOf(flowWith(`  ${given}\n`), { env: { FIRST: "0" } });
    assert.ok(flow.text.includes(wanted!), flow.text);
  }
});

Deno.test("metrics have ports that are known beforehand", async () => {
  const plan = await planOf(`jtype: Flow
with: {monitoring: true, port_monitoring: 0, port: 9090}
executors:
  - {name: a, uses: CLIPEncoder, port_monitoring: 0}
  - {name: b, uses: CLIPEncoder, port_monitoring: 9200}
  - {name: c, uses: CLIPEncoder}
`);
  assert.deepEqual(plan.ports.map(({ name, port }) => [name, port]), [
    ["grpc", 9090],
    ["metrics", 9091],
    ["metrics-2", 9092],
    ["metrics-3", 9200],
  ]);
  assert.deepEqual(plan.metrics.map(({ port }) => port), [9091, 9092, 9200]);
});

Deno.test("metrics are turned on where the flow does not speak of them, in every style of YAML", async () => {
  const flows = [
    `jtype: Flow\nwith:\n  # first\n  port: 7000\n${ENCODER}`,
    `jtype: Flow\nwith: {port: 7000}\n${ENCODER}`,
    `jtype: Flow\nwith: &all\n    port: 7000\ngateway:\n    port: 7000\n${ENCODER}`,
    `jtype: Flow\nwith:\n${ENCODER}`,
    `!Flow\n${ENCODER}`,
    `{jtype: Flow, executors: [{uses: CLIPEncoder}]}`,
    `---\n# a comment\njtype: Flow\n${ENCODER}`,
  ];
  for (const text of flows) {
    const { flow, metrics, notes } = await planOf(text);
    assert.deepEqual(metrics, [{ portName: "metrics", port: 9090, path: "/metrics" }], flow.text);
    assert.match(notes.join(), /turned on/);
    // Nothing of what was written is gone.
    for (const line of text.split("\n")) {
      for (const word of line.split(/[{}]/)) assert.ok(flow.text.includes(word), flow.text);
    }
  }
});

Deno.test("metrics that are turned on leave a port of the flow alone", async () => {
  const { metrics } = await planOf(`jtype: Flow\nwith:\n  port: 9090\n${ENCODER}`);
  assert.deepEqual(metrics.map(({ port }) => port), [9091]);
});

Deno.test("metrics that the flow has turned off stay off", async () => {
  const { metrics, replicas, flow, notes } = await planOf(
    `jtype: Flow\nwith: {monitoring: false}\n${ENCODER}`,
  );
  assert.deepEqual(metrics, []);
  assert.deepEqual(replicas, { least: 1, most: 1 });
  assert.ok(flow.text.includes("{monitoring: false}"));
  assert.match(notes.join(), /nothing to scale by/);
});
