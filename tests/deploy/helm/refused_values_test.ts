/** Values that the chart refuses, and what it says then. */
import assert from "node:assert/strict";
import { CHART, flowOn, helm, template } from "./chart.ts";

const GRPC = { name: "grpc", port: 51000, protocols: ["grpc"] };
const SCRATCH = { name: "scratch", emptyDir: {} };
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
    /secretFiles: 'cache' is a volume that is there already/,
  ],
  [
    "a place that is taken",
    { secretFiles: [{ name: "a", mountPath: "/cache/" }] },
    /something is mounted at '\/cache' already/,
  ],
  [
    "a mount over the program",
    { extraVolumes: [SCRATCH], extraVolumeMounts: [{ name: "scratch", mountPath: "/app" }] },
    /would hide the program/,
  ],
  ["a volume's name twice", { extraVolumes: [SCRATCH, SCRATCH] }, /'scratch' is a volume/],
  [
    "more memory at least than at most",
    { resources: { limits: { memory: "1Gi" } } },
    /resources\.requests\.memory: 1536Mi is more than resources\.limits\.memory, 1Gi/,
  ],
  [
    "more memory at least than at most, in numbers and units",
    { resources: { requests: { memory: 2_000_000_000 }, limits: { memory: "1.9G" } } },
    /does not match pattern/,
  ],
  [
    "more of the processor at least than at most",
    { resources: { requests: { cpu: 2.5 } } },
    /resources\.requests\.cpu: 2\.5 is more than resources\.limits\.cpu, 2/,
  ],
  [
    "GPUs in two places",
    { resources: { limits: { "nvidia.com/gpu": 1 } } },
    /'nvidia\.com\/gpu' is said by 'gpus'/,
  ],
  [
    "a device that is wanted and not allowed",
    { resources: { requests: { "amd.com/gpu": 1 } } },
    /resources\.requests\.amd\.com\/gpu: devices are not shared/,
  ],
  [
    "half a device",
    { resources: { limits: { "amd.com/gpu": 0.5 } } },
    /resources\.limits\.amd\.com\/gpu: 0\.5 is no number of devices/,
  ],
  [
    "a resource that is none",
    { resources: { limits: { gpus: 1 } } },
    /invalid propertyName 'gpus'/,
  ],
  [
    "an update that can replace no pod",
    { rollingUpdate: { maxSurge: 0 } },
    /maxSurge and maxUnavailable are both 0/,
  ],
  [
    "more pods away than there are",
    { rollingUpdate: { maxUnavailable: "150%" } },
    /maxUnavailable': '150%' does not match/,
  ],
  ["a delay in milliseconds", { shutdown: { delaySeconds: 5000 } }, /maximum: got 5,000/],
  [
    "a delay that Kubernetes does not hear of",
    { extraEnv: [{ name: "SHUTDOWN_DELAY", value: "5" }] },
    /expected 'shutdown\.delaySeconds' instead/,
  ],
  [
    "a folder that the server cannot write to",
    { env: { CLIPLINE_CACHE: "/x" } },
    /env\.CLIPLINE_CACHE: is the image's own/,
  ],
  ["a variable twice", { env: { A: 1 }, secretEnv: { names: ["A"] } }, /'A' is there twice/],
  [
    "a variable that is no text",
    { extraEnv: [{ name: "A", value: 1 }] },
    /got number, want string/,
  ],
  [
    "annotations of somebody else's account",
    { serviceAccount: { create: false, annotations: { a: "b" } } },
    /serviceAccount\.annotations: are those of an account that the release makes/,
  ],
  ["a label of its own", { podLabels: { "app.kubernetes.io/name": "x" } }, /is the chart's own/],
  [
    "a label of its own on the monitor",
    { serviceMonitor: { labels: { "app.kubernetes.io/name": "x" } } },
    /serviceMonitor\.labels: .* is the chart's own/,
  ],
  ["an annotation of its own", { podAnnotations: { "checksum/flow": "x" } }, /is the chart's own/],
  ["a label with spaces", { podLabels: { a: "not ok" } }, /'\/podLabels\/a': 'not ok' does not/],
  ["an image's URL", { image: { repository: "http://x/y" } }, /\/image\/repository': 'http/],
  ["a URL for a host", { ingress: { host: "https://a.example" } }, /\/ingress\/host': 'https/],
  ["a key that no Secret has", { secrets: { a: { "b c": "x" } } }, /invalid propertyName 'b c'/],
  ["half a certificate", { secrets: { tls: { "tls.crt": "x" } } }, /missing property 'tls\.key'/],
  ["a section that is nothing", { shutdown: null }, /missing property 'shutdown'/],
  ["more pods than a cluster has", { replicas: 1e10 }, /\/replicas': maximum/],
  ["an empty volume", { cache: { size: "0Gi" } }, /\/cache\/size': '0Gi' does not match/],
  [
    "gRPC and HTTP on one port",
    { ports: [{ ...GRPC, protocols: ["grpc", "http"] }] },
    /51000 has grpc and http; expected a port of its own for grpc/,
  ],
  ["metrics alone", { ports: [METRICS] }, /there are metrics alone/],
  ["a port's name without a letter", { ports: [{ ...GRPC, name: "123" }] }, /\/ports\/0\/name'/],
  [
    "metrics that the flow does not open",
    { flow: { text: "jtype: Flow\nexecutors: [{ uses: CLIPEncoder }]\n" } },
    /one of metrics, which the flow does not open; expected 'monitoring: true'/,
  ],
  ["a port in quotes that the flow does not open", { flow: flowOn('"1234"') }, /listens on 1234/],
  ["a port that changes", { flow: flowOn("0") }, /port is 0, another port at each start/],
  ["a flow without executors", { flow: { text: "executors: []" } }, /has no 'executors'/],
];

Deno.test("the chart refuses a release whose Services nobody could make", async () => {
  const { said } = await helm(["template", "1a", CHART, "--kube-version", "1.37.0"]);
  assert.match(said, /begins with no letter: '1a'; expected another name, or fullnameOverride/);
});

for (const [what, values, why] of REFUSED) {
  Deno.test(`the chart refuses ${what}`, async () => {
    const { ok, said } = await template(values);
    assert.ok(!ok);
    assert.match(said, why);
  });
}
