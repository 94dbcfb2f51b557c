/** Values that the chart refuses, and what it says then. */
import assert from "node:assert/strict";
import { flowOn, template } from "./chart.ts";

const GRPC = { name: "grpc", port: 51000, protocols: ["grpc"] };
const METRICS = { name: "metrics", port: 9090, protocols: ["metrics"] };

const REFUSED: readonly [what: string, values: object, why: RegExp][] = [
  ["a key that is none", { replica: 2 }, /'replica' not allowed/],
  ["a word for a number", { replicas: "two" }, /'\/replicas': got string, want integer/],
  ["less than nothing", { gpus: -1 }, /\/gpus': minimum: got -1, want 0/],
  ["a size without a number", { cache: { size: "big" } }, /\/cache\/size': 'big' does not match/],
  [
    "a protocol that is none",
    { ports: [{ name: "grpc", port: 51000, protocols: ["gprc"] }] },
    /protocols\/0': value must be one of 'grpc', 'http', 'websocket', 'metrics'/,
  ],
  ["a flow that is no YAML", { flow: { text: "{ a" } }, /flow\.text is no YAML/],
  ["a flow that is none", { flow: { text: "a: b" } }, /flow\.text has no 'executors'/],
  ["a port that the flow does not open", { flow: flowOn("1234") }, /the flow listens on 1234/],
  [
    "a port twice",
    { ports: [GRPC, METRICS, { name: "http", port: 51000, protocols: ["http"] }] },
    /ports: 51000 is there twice/,
  ],
  [
    "a probe where nobody listens",
    { probes: { live: { tcpSocket: { port: 1 } } } },
    /1 is not one/,
  ],
  [
    "several servers with an index each",
    { workspace: { enabled: true }, replicas: 2 },
    /each of several pods would have an index of its own; expected 'replicas: 1'/,
  ],
  [
    "autoscaling without metrics",
    { autoscaling: { enabled: true }, ports: [GRPC] },
    /without a port for metrics nothing says how many servers are wanted/,
  ],
  [
    "fewer at most than at least",
    { autoscaling: { enabled: true, minReplicas: 9 } },
    /minReplicas: is more than maxReplicas/,
  ],
  [
    "a grace period that Kubernetes does not hear of",
    { env: { SHUTDOWN_GRACE: "90" } },
    /env\.SHUTDOWN_GRACE: expected 'shutdown\.graceSeconds' instead/,
  ],
  [
    "two places of one flow",
    { flow: { existingConfigMap: "a", existingSecret: "b" } },
    /expected one of them/,
  ],
  [
    "a mount of what is not there",
    { extraVolumeMounts: [{ name: "scratch", mountPath: "/x" }] },
    /there is no volume 'scratch'; expected it in extraVolumes/,
  ],
  [
    "a volume's name that is taken",
    { secretFiles: [{ name: "cache", mountPath: "/x" }] },
    /'cache' is a volume that the chart has already/,
  ],
];

for (const [what, values, why] of REFUSED) {
  Deno.test(`the chart refuses ${what}`, async () => {
    const { ok, said } = await template(values);
    assert.ok(!ok);
    assert.match(said, why);
  });
}
