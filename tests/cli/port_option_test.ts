import assert from "node:assert/strict";
import { withPort } from "../../src/cli/port_option.ts";
import { loadFlow } from "../../src/flow/load.ts";

function flow(lines: string[]) {
  const text = ["with:", ...lines.map((line) => `  ${line}`), "executors: [{uses: CLIPEncoder}]"];
  return loadFlow({ text: text.join("\n"), name: "flow.yml" }, {});
}

function ports(lines: string[], port: number | undefined): number[] {
  return withPort(flow(lines), port).gateway.listeners.map(({ port }) => port);
}

Deno.test("withPort() moves the first port and the others behind it; shared ones stay shared", () => {
  const three = ["protocol: [grpc, http, websocket]", "port: [51000, 51001, 51001]"];
  assert.deepEqual(ports(three, undefined), [51000, 51001, 51001]);
  assert.deepEqual(ports(three, 52000), [52000, 52001, 52001]);
  assert.deepEqual(ports(three, 0), [0, 0, 0]);
  const apart = ["protocol: [http, grpc, websocket]", "port: [9000, 7, 8]"];
  assert.deepEqual(ports(apart, 80), [80, 81, 82]);
  const chosen = ["protocol: [http, websocket]", "port: [0, 0]"];
  assert.deepEqual(ports(chosen, 80), [80, 81], "those that the system chose were two");
  assert.deepEqual(ports([], 80), [80], "also in place of the default");
});

Deno.test("withPort() says which port cannot be had", () => {
  const metrics = ["protocol: [grpc, http]", "monitoring: true", "port_monitoring: 9001"];
  assert.throws(() => ports(metrics, 9000), /'--port 9000' cannot be used: 9001 is .*monitoring/);
  assert.deepEqual(ports([...metrics.slice(0, 1), "port_monitoring: 9001"], 9000), [9000, 9001]);
  assert.throws(
    () => ports(["protocol: [grpc, http]"], 65535),
    /'--port 65535' cannot be used: http would be at 65536, and 65535 is the last port/,
  );
});
