import assert from "node:assert/strict";
import { errorsOf, load, withGateway } from "./flow_fixture.ts";

const listeners = (lines: string) =>
  load(withGateway(lines)).gateway.listeners.map(({ protocol, port }) => `${protocol}:${port}`);

Deno.test("pairListeners() pairs protocols with ports in order", () => {
  assert.deepEqual(listeners("protocol: [http, grpc]\nport: [8080, 9090]"), [
    "http:8080",
    "grpc:9090",
  ]);
});

Deno.test("pairListeners() counts up from 51000 without ports", () => {
  assert.deepEqual(listeners("protocol: [grpc, http, websocket]"), [
    "grpc:51000",
    "http:51001",
    "websocket:51002",
  ]);
});

Deno.test("pairListeners() lets http and websocket share a port", () => {
  assert.deepEqual(listeners("protocol: [http, websocket]\nport: 80"), [
    "http:80",
    "websocket:80",
  ]);
  assert.deepEqual(listeners("protocol: [grpc, http, websocket]\nport: [1, 2, 2]"), [
    "grpc:1",
    "http:2",
    "websocket:2",
  ]);
});

Deno.test("pairListeners() takes 0 for several, as the system chooses each", () => {
  assert.deepEqual(listeners("protocol: [grpc, http]\nport: [0, 0]"), ["grpc:0", "http:0"]);
});

Deno.test("pairListeners() refuses what cannot be paired", () => {
  const table: [string, string][] = [
    [
      "port: [1, 2]",
      "flow.yml:3:9: with.port: 2 ports for 1 protocol (grpc); " +
      "expected one port for each (http and websocket may share one)",
    ],
    [
      "protocol: [grpc, http]\nport: 5",
      "flow.yml:4:9: with.port: 1 port for 2 protocols (grpc, http); " +
      "expected one port for each (http and websocket may share one)",
    ],
    [
      "protocol: [http, grpc]\nport: [5, 5]",
      "flow.yml:4:9: with.port: 5 is the port of both http and grpc; " +
      "expected another for grpc, which cannot share one",
    ],
    [
      "protocol: []",
      "flow.yml:3:13: with.protocol: the list is empty; " +
      "expected grpc, http or websocket, or a list of these",
    ],
    [
      "protocol: [grpc, grpc]",
      "flow.yml:3:13: with.protocol: 'grpc' stands twice; expected each protocol once",
    ],
    [
      "monitoring: true\nport: 9090",
      "flow.yml:2:1: with.port_monitoring: 9090 is the port of grpc as well; expected another",
    ],
    [
      "ports: 3\nport: 4",
      "flow.yml:4:3: with.port: means the same as 'ports', which is given too; " +
      "expected one of the two",
    ],
  ];
  for (const [lines, error] of table) {
    const [found] = errorsOf(withGateway(lines));
    assert.equal(found!.replace(/^flow\.yml:\d+:\d+/, ""), error.replace(/^flow\.yml:\d+:\d+/, ""));
    if (!error.startsWith("flow.yml:2:1:")) assert.equal(found, error);
  }
});
