/** The chart for those who write its values themselves. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { parse } from "yaml";
import { planFlow } from "../../../src/cli/export/plan_flow.ts";
import { helmValues } from "../../../src/deployment/helm/values.ts";
import { loadFlow } from "../../../src/flow/load.ts";
import { VERSION } from "../../../src/version.ts";
import { codeBlocks } from "../../docs/code_blocks.ts";
import { ROOT } from "../../docs/demo_program.ts";
import { seededRandom } from "../../support/seeded_random.ts";
import { dockerStages, valuesOf } from "../dockerfile.ts";
import { assertValid, type Manifest, OLDEST_KUBERNETES } from "../manifests/checked.ts";
import { CHART, flowOn, helm, rendered, template } from "./chart.ts";

const CHART_FILE = parse(Deno.readTextFileSync(join(CHART, "Chart.yaml")));
const DEFAULTS = parse(Deno.readTextFileSync(join(CHART, "values.yaml")));

/** The object of a kind, and of a name's end where there are several. */
function only<T = unknown>(objects: readonly Manifest[], kind: string, end = ""): T {
  const found = objects.filter((one) => one.kind === kind && one.metadata.name.endsWith(end));
  assert.equal(found.length, 1, `${kind} ${end}: ${found.map(({ metadata }) => metadata.name)}`);
  return found[0] as T;
}

interface Workload {
  spec: {
    replicas?: number;
    template: {
      metadata: { annotations: Record<string, string>; labels: Record<string, string> };
      spec: Record<string, unknown> & { containers: Container[]; initContainers?: Container[] };
    };
  };
}

interface Container {
  env: { name: string; value?: string }[];
  envFrom?: unknown;
  resources: { limits: Record<string, unknown>; requests: Record<string, unknown> };
  volumeMounts: { name: string }[];
  readinessProbe?: unknown;
  livenessProbe?: unknown;
}

Deno.test("Helm finds nothing wrong with the chart, whose version is the program's", async () => {
  const { ok, said } = await helm(["lint", "--strict", CHART, "--kube-version", "1.37.0"]);
  assert.ok(ok, said);
  assert.doesNotMatch(said, /WARNING|ERROR/);
  assert.equal(CHART_FILE.version, VERSION);
  assert.equal(CHART_FILE.appVersion, VERSION);
  const old = await helm(["template", "a", CHART, "--kube-version", "1.26.0"]);
  assert.ok(old.said.includes(`Kubernetes is v1.26.0; expected ${OLDEST_KUBERNETES} or later`));
  const { ok: oldest } = await helm(["template", "a", CHART, "--kube-version", OLDEST_KUBERNETES]);
  assert.ok(oldest);
  // Without a cluster, and without a word about it: Helm of `go install` thinks of v1.20.0 then.
  const { ok: alone, said: why } = await helm(["template", "a", CHART]);
  assert.ok(alone, why);
});

Deno.test("the ports that variables name are let out", async () => {
  const objects = await rendered({
    env: {
      OTEL_EXPORTER_OTLP_ENDPOINT: "http://collector.monitoring:4318/v1",
      AWS_ENDPOINT_URL: "http://minio:9000",
      HTTPS_PROXY: "proxy:3128",
      HF_ENDPOINT: "https://hub:443",
      CUDA_VISIBLE_DEVICES: "RR1:4",
      TITLE: "at 10:30",
    },
  });
  const { spec } = only<{ spec: { egress: { ports: { port: number }[] }[] } }>(
    objects,
    "NetworkPolicy",
  );
  assert.deepEqual(spec.egress[1]!.ports.map(({ port }) => port).sort((a, b) => a - b), [
    80,
    443,
    3128,
    4318,
    9000,
  ]);
});

Deno.test("the defaults are what the export of torch-flow.yml says, but for autoscaling", async () => {
  const { plan } = await planFlow("torch-flow.yml", { replicas: { least: 1, most: 1 } }, {});
  const values: Record<string, unknown> = helmValues(plan, {});
  const { flow, probes: _, image: __, fullnameOverride: ___, autoscaling: ____, ...said } = values;
  for (const [key, value] of Object.entries(said)) {
    if (typeof value !== "object" || Array.isArray(value)) {
      assert.deepEqual(DEFAULTS[key], value, key);
      continue;
    }
    for (const [part, inner] of Object.entries(value!)) {
      assert.deepEqual(DEFAULTS[key][part], inner, `${key}.${part}`);
    }
  }
  const { text } = flow as { text: string };
  assert.equal(DEFAULTS.flow.text, text.slice(text.indexOf("\n") + 1), "without the schema's line");
  // The chart finds the probes by itself.
  const [exported, own] = await Promise.all([rendered(values), rendered({})]);
  const probes = (objects: Manifest[]) => {
    const [container] = only<Workload>(objects, "Deployment").spec.template.spec.containers;
    return [container!.readinessProbe, container!.livenessProbe];
  };
  assert.deepEqual(probes(own), probes(exported));
});

/** Every setting, with a value that is not its default. */
const EVERYTHING = {
  nameOverride: "pictures",
  image: { repository: "registry.example/clip", tag: "1.2", pullPolicy: "Always" },
  imagePullSecrets: ["registry"],
  flow: flowOn("[51000, 51001]"),
  ports: [
    { name: "grpc", port: 51000, protocols: ["grpc"] },
    { name: "http", port: 51001, protocols: ["http", "websocket"] },
    { name: "metrics", port: 9090, protocols: ["metrics"] },
  ],
  prepare: false,
  autoscaling: { enabled: true, minReplicas: 2, maxReplicas: 5, targetQueueSeconds: 0.25 },
  rollingUpdate: { maxUnavailable: "25%", maxSurge: 0 },
  gpus: 1,
  resources: { limits: { cpu: 4, memory: "8Gi" } },
  shutdown: { delaySeconds: 7, graceSeconds: 60 },
  env: { CLIPLINE_OFFLINE: 1, LOG_FORMAT: "text", BYTES: 1234567890 },
  secretEnv: { names: ["PASSWORD"], existingSecret: "database" },
  envFromSecrets: ["hub"],
  extraEnv: [{ name: "NODE", valueFrom: { fieldRef: { fieldPath: "spec.nodeName" } } }],
  secretFiles: [
    { name: "tls", mountPath: "/etc/clipline-tls", existingSecret: "clip-tls" },
    { name: "keys", mountPath: "/etc/clipline-keys" },
  ],
  secrets: { keys: { "keys.txt": "abc\n" } },
  cache: { create: true, size: "20Gi", storageClass: "shared" },
  models: { existingClaim: "models" },
  service: { type: "LoadBalancer", annotations: { a: "b" } },
  ingress: { enabled: true, host: "clip.example", tlsSecret: "clip", annotations: { c: "d" } },
  networkPolicy: { ingressFrom: [{ podSelector: { matchLabels: { app: "web" } } }] },
  serviceMonitor: { enabled: true, interval: "1m", labels: { release: "prometheus" } },
  serviceAccount: { name: "clip", annotations: { e: "f" }, automountToken: true },
  podAnnotations: { g: "h" },
  podLabels: { i: "j" },
  nodeSelector: { disk: "ssd" },
  tolerations: [{ key: "spot", operator: "Exists" }],
  affinity: { podAntiAffinity: { preferredDuringSchedulingIgnoredDuringExecution: [] } },
  topologySpreadConstraints: [{
    maxSkew: 1,
    topologyKey: "rack",
    whenUnsatisfiable: "DoNotSchedule",
  }],
  priorityClassName: "high",
  runtimeClassName: "nvidia",
  extraVolumes: [{ name: "scratch", emptyDir: {} }],
  extraVolumeMounts: [{ name: "scratch", mountPath: "/scratch" }],
};

Deno.test("every setting shows in the objects, and Kubernetes takes them", async () => {
  const objects = await rendered(EVERYTHING);
  await assertValid(new Map([["all values", objects]]));
  const text = JSON.stringify(objects);
  // Whatever is said is to be found again: texts that are nowhere else.
  const words = [
    ...["registry.example/clip:1.2", "registry", "Always", "CLIPLINE_OFFLINE", "database", "hub"],
    ...["spec.nodeName", "clip-tls", "/etc/clipline-keys", "YWJjCg==", "20Gi", "shared", "models"],
    ...["LoadBalancer", "clip.example", "prometheus", "ssd", "spot", "rack", "high", "nvidia"],
    ...["/scratch", "25%", "250m", "8Gi", '"sleep","7"', "podAntiAffinity", '"app":"web"', "1m"],
    ...['"BYTES","value":"1234567890"', '"automountServiceAccountToken":true'],
    ...['"a":"b"', '"c":"d"', '"e":"f"', '"g":"h"', '"i":"j"', '"nvidia.com/gpu":1'],
  ];
  assert.deepEqual(words.filter((word) => !text.includes(word)), []);
  const { spec } = only<Workload>(objects, "Deployment", "clipline-pictures");
  assert.equal(spec.replicas, undefined, "the autoscaler's");
  assert.equal(spec.template.spec.initContainers, undefined);
  assert.equal(spec.template.spec.terminationGracePeriodSeconds, 72);
  const paths = only<{ spec: { rules: { http: { paths: { path: string }[] } }[] } }>(
    objects,
    "Ingress",
    "-grpc",
  ).spec.rules[0]!.http.paths.map(({ path }) => path);
  assert.ok(paths.includes("/jina.JinaRPC") && !paths.includes("/"), paths.join());
});

Deno.test("Kubernetes takes what any of the settings make together", async () => {
  const random = seededRandom(18);
  const sets = new Map<string, Manifest[]>();
  // What says the one says the other.
  const { flow, ports, autoscaling, extraVolumes, extraVolumeMounts, ...single } = EVERYTHING;
  const choices: [string, object][] = [
    ["flow", { flow, ports, autoscaling }],
    ["replicas", { replicas: 3 }],
    ["volumes", { extraVolumes, extraVolumeMounts }],
    ["index", { workspace: { enabled: true, size: "5Gi" }, autoscaling: { enabled: false } }],
    ["secret flow", { flow: { ...flow, secret: true }, ports }],
    ["tls", { flow, ports: ports.map((port) => ({ ...port, tls: port.name !== "metrics" })) }],
    ...Object.entries(single).map(([key, value]): [string, object] => [key, { [key]: value }]),
  ];
  for (let run = 0; run < 24; run++) {
    const chosen = choices.filter(() => random.below(5) < 2)
      .filter(([name], _, all) => name !== "replicas" || !all.some(([other]) => other === "index"));
    const title = chosen.map(([name]) => name).join(", ");
    sets.set(title, await rendered(Object.assign({}, ...chosen.map(([, values]) => values))));
  }
  await assertValid(sets);
});

Deno.test("`helm test` and probes by a command ask as the image's HEALTHCHECK does", async () => {
  const [, image] = dockerStages(Deno.readTextFileSync(join(ROOT, "Dockerfile")));
  const health = /CMD\s+(\[.*\])$/.exec(valuesOf(image!, "HEALTHCHECK")[0]!)![1]!;
  const { spec } = only<{ spec: { containers: { command: string[]; args: string[] }[] } }>(
    await rendered({}),
    "Pod",
  );
  const { command, args } = spec.containers[0]!;
  assert.deepEqual([...command, args[0]], JSON.parse(health));
  assert.equal(args[1], "grpc://clipline:51000");
});

Deno.test("the node's disk is asked for once, as the values have it", async () => {
  const asked = async (values: object) => {
    const { spec } = only<Workload>(await rendered(values), "Deployment").spec.template;
    return [...spec.initContainers!, ...spec.containers].map(({ resources }) =>
      resources.requests["ephemeral-storage"]
    );
  };
  const disk = { "ephemeral-storage": "1Gi" };
  assert.deepEqual(await asked({ cache: { size: "9Gi" } }), ["9Gi", "9Gi"]);
  assert.deepEqual(await asked({ resources: { requests: disk } }), ["1Gi", "1Gi"]);
  // What Kubernetes then takes for the request, too.
  assert.deepEqual(await asked({ resources: { limits: disk } }), [undefined, undefined]);
  assert.deepEqual(await asked({ cache: { existingClaim: "w" } }), [undefined, undefined]);
});

Deno.test("what is switched off is not there", async () => {
  const kinds = async (values: unknown) => (await rendered(values)).map(({ kind }) => kind).sort();
  assert.deepEqual(await kinds({}), [
    ...["ConfigMap", "Deployment", "NetworkPolicy", "Pod", "PodDisruptionBudget", "Service"],
    ...["Service", "ServiceAccount", "ServiceMonitor"],
  ]);
  const off = { enabled: false };
  const few = {
    podDisruptionBudget: off,
    networkPolicy: off,
    serviceMonitor: off,
    serviceAccount: { create: false },
    flow: { existingConfigMap: "flows" },
  };
  assert.deepEqual(await kinds(few), ["Deployment", "Pod", "Service", "Service"]);
  const { said } = await template({});
  assert.doesNotMatch(said, /kind: ServiceMonitor/, "a cluster without the operator");
});

Deno.test("probes fit the ports", async () => {
  const sets = new Map<string, Manifest[]>();
  const probes = async (...ports: object[]) => {
    const objects = await rendered({ ports, flow: { existingSecret: "flow" } });
    sets.set(JSON.stringify(ports), objects);
    const [container] = only<Workload>(objects, "Deployment").spec.template.spec.containers;
    const handler = (probe: unknown) =>
      Object.entries(probe as object).filter(([key]) => !/Seconds|Threshold/.test(key));
    return [handler(container!.readinessProbe), handler(container!.livenessProbe)].flat();
  };
  const grpc = { name: "grpc", port: 51000, protocols: ["grpc"] };
  const http = { name: "http", port: 51001, protocols: ["http", "websocket"] };
  const metrics = { name: "metrics", port: 9090, protocols: ["metrics"] };
  const get = (path: string, port: number, scheme = "HTTP") => ["httpGet", { path, port, scheme }];
  const [ready, live] = ["/healthz/ready", "/healthz/live"];
  assert.deepEqual(await probes(grpc, metrics), [["grpc", { port: 51000 }], get(live, 9090)]);
  assert.deepEqual(await probes(grpc), [
    ["grpc", { port: 51000 }],
    ["tcpSocket", { port: 51000 }],
  ]);
  assert.deepEqual(await probes(grpc, http, metrics), [get(ready, 51001), get(live, 51001)]);
  const secure = { ...http, tls: true };
  const https = [get(ready, 51001, "HTTPS"), get(live, 51001, "HTTPS")];
  assert.deepEqual(await probes({ ...grpc, tls: true }, secure, metrics), https);
  assert.deepEqual(await probes({ ...grpc, tls: true }, metrics), [
    get(ready, 9090),
    get(live, 9090),
  ]);
  const [[kind, exec]] = await probes({ ...grpc, tls: true }) as [[string, { command: string[] }]];
  assert.equal(kind, "exec");
  assert.equal(exec.command.at(-1), "grpcs://127.0.0.1:51000");
  await assertValid(sets);
});

Deno.test("the values that the README of the chart shows are enough", async () => {
  const page = Deno.readTextFileSync(join(CHART, "README.md"));
  const blocks = codeBlocks(page, "README.md").filter(({ language }) => language === "yaml");
  for (const { text, line } of blocks) {
    const values = parse(text);
    loadFlow({ text: values.flow.text, name: `README.md:${line}` }, {});
    await assertValid(new Map([[`README.md:${line}`, await rendered(values)]]));
  }
  assert.equal(blocks.length, 1);
});

Deno.test("another flow is another pod, and so are other secrets", async () => {
  const annotations = async (values: unknown) =>
    only<Workload>(await rendered(values), "Deployment").spec.template.metadata.annotations;
  const before = await annotations({});
  const text = DEFAULTS.flow.text.replace("minibatch_size: 64", "minibatch_size: 32");
  assert.notDeepEqual(await annotations({ flow: { text } }), before);
  assert.notDeepEqual(await annotations({ secrets: { env: { A: "b" } } }), before);
});

Deno.test("the notes say where it serves, and which Secrets are missing", async () => {
  const values = {
    secretEnv: { names: ["PASSWORD"] },
    secretFiles: [{ name: "tls", mountPath: "/etc/clipline-tls" }],
    autoscaling: { enabled: true },
  };
  const said = await notes(values);
  assert.match(said, /grpc: clipline\.default:51000/);
  assert.match(said, /Secrets that the release does not make: clipline-env, clipline-tls/);
  assert.match(said, /dns:\/\/\/clipline-headless\.default/);
});

/** What `helm install` prints, which wants a cluster: here as a template of a copy of the chart. */
async function notes(values: unknown): Promise<string> {
  const folder = Deno.makeTempDirSync({ prefix: "clipline-chart-" });
  try {
    new Deno.Command("cp", { args: ["-r", CHART, folder] }).outputSync();
    const templates = join(folder, "clipline", "templates");
    const text = Deno.readTextFileSync(join(templates, "NOTES.txt"));
    const shown = `{{ define "notes" }}${text}{{ end }}notes: {{ include "notes" . | toJson }}\n`;
    Deno.writeTextFileSync(join(templates, "shown.yaml"), shown);
    const only = ["--show-only", "templates/shown.yaml"];
    const { ok, said } = await template(values, only, join(folder, "clipline"));
    assert.ok(ok, said);
    return parse(said).notes;
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
}
