import assert from "node:assert/strict";
import { manifests } from "../../../src/deployment/kubernetes/manifests.ts";
import type { KubernetesObject, Place } from "../../../src/deployment/kubernetes/object.ts";
import { ENCODER, planOf, type Surroundings } from "../../support/planned_flow.ts";

const FLOW = `jtype: Flow\nwith: {protocol: [grpc, http], port: [51000, 51001]}\n${ENCODER}`;
const INDEX = "jtype: Flow\nexecutors: [{uses: CLIPEncoder}, {name: i, uses: AnnLiteIndexer}]\n";
const FILES = ["s.pem", "s.key", "ca.pem", "keys.txt"];

/** The objects of a flow, by their files. */
async function made(
  text: string,
  surroundings: Surroundings = {},
  place: Place = {},
): Promise<Map<string, KubernetesObject>> {
  const plan = await planOf(text, surroundings);
  return new Map(manifests(plan, place).map(({ file, object }) => [file, object]));
}

/** What is found along a path of keys and numbers; undefined where there is nothing. */
function dig(value: unknown, path: string): unknown {
  let found = value;
  for (const step of path.split(" ")) {
    found = typeof found === "object" && found !== null
      ? (found as Record<string, unknown>)[step]
      : undefined;
  }
  return found;
}

/** The pod of a Deployment or StatefulSet. */
function pod(objects: Map<string, KubernetesObject>): unknown {
  const keeper = objects.get("deployment.yaml") ?? objects.get("statefulset.yaml");
  return dig(keeper, "spec template spec");
}

Deno.test("a flow is a Deployment with what belongs to it, all found by the same labels", async () => {
  const objects = await made(FLOW, { options: { name: "clip" } }, { namespace: "vision" });
  assert.deepEqual([...objects].map(([file, { kind }]) => [file, kind]), [
    ["service-account.yaml", "ServiceAccount"],
    ["flow.yaml", "ConfigMap"],
    ["deployment.yaml", "Deployment"],
    ["service.yaml", "Service"],
    ["service-headless.yaml", "Service"],
    ["disruption-budget.yaml", "PodDisruptionBudget"],
    ["autoscaler.yaml", "HorizontalPodAutoscaler"],
    ["network-policy.yaml", "NetworkPolicy"],
    ["prometheus-operator/service-monitor.yaml", "ServiceMonitor"],
  ]);
  const selector = { "app.kubernetes.io/name": "clipline", "app.kubernetes.io/instance": "clip" };
  for (const [file, object] of objects) {
    assert.equal(object.metadata.namespace, "vision", file);
    assert.ok(object.metadata.name.startsWith("clip"), file);
    for (const [label, value] of Object.entries(selector)) {
      assert.equal(object.metadata.labels[label], value, file);
    }
  }
  const deployment = objects.get("deployment.yaml");
  assert.deepEqual(dig(deployment, "spec selector matchLabels"), selector);
  assert.deepEqual(dig(objects.get("service.yaml"), "spec selector"), selector);
  assert.deepEqual(dig(objects.get("service-headless.yaml"), "spec clusterIP"), "None");
  // The autoscaler's business.
  assert.equal(dig(deployment, "spec replicas"), undefined);
  const monitor = objects.get("prometheus-operator/service-monitor.yaml");
  const monitored = dig(monitor, "spec selector matchLabels") as Record<string, string>;
  const finds = (file: string) =>
    Object.entries(monitored).every(([label, value]) =>
      objects.get(file)!.metadata.labels[label] === value
    );
  assert.ok(finds("service.yaml") && !finds("service-headless.yaml"), "each pod is scraped once");
});

Deno.test("an embedded index is a StatefulSet of one, with a volume and no autoscaler", async () => {
  const objects = await made(INDEX, {
    options: { indexBytes: 5 * 2 ** 30, indexStorageClass: "fast" },
  });
  const set = objects.get("statefulset.yaml");
  assert.equal(dig(set, "spec replicas"), 1);
  assert.equal(dig(set, "spec serviceName"), "clipline-headless");
  assert.ok(!objects.has("deployment.yaml") && !objects.has("autoscaler.yaml"));
  const claim = dig(set, "spec volumeClaimTemplates 0");
  assert.deepEqual(dig(claim, "spec"), {
    accessModes: ["ReadWriteOnce"],
    storageClassName: "fast",
    resources: { requests: { storage: "5Gi" } },
  });
  // They can never be changed, so nothing of a version is in them.
  assert.doesNotMatch(JSON.stringify(claim), /version/);
});

Deno.test("the pod may nothing but serve", async () => {
  const spec = pod(await made(FLOW));
  assert.equal(dig(spec, "automountServiceAccountToken"), false);
  assert.equal(dig(spec, "enableServiceLinks"), false);
  assert.deepEqual(dig(spec, "securityContext"), {
    runAsNonRoot: true,
    runAsUser: 1993,
    runAsGroup: 1993,
    fsGroup: 1993,
    fsGroupChangePolicy: "OnRootMismatch",
    seccompProfile: { type: "RuntimeDefault" },
  });
  for (const container of ["containers 0", "initContainers 0"]) {
    assert.deepEqual(dig(spec, `${container} securityContext`), {
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      runAsNonRoot: true,
      capabilities: { drop: ["ALL"] },
    });
  }
});

Deno.test("a pod that leaves has the time that everybody needs", async () => {
  const spec = pod(
    await made(FLOW, { options: { variables: [{ name: "SHUTDOWN_GRACE", value: "60" }] } }),
  );
  assert.deepEqual(dig(spec, "containers 0 lifecycle preStop exec command"), ["sleep", "5"]);
  assert.deepEqual(dig(spec, "containers 0 env"), [
    { name: "SHUTDOWN_GRACE", value: "60" },
    // Of an image or a Secret it would come on top.
    { name: "SHUTDOWN_DELAY", value: "0" },
  ]);
  assert.equal(dig(spec, "terminationGracePeriodSeconds"), 5 + 60 + 5);
  const none = pod(
    await made(FLOW, { options: { variables: [{ name: "SHUTDOWN_DELAY", value: "0" }] } }),
  );
  assert.equal(dig(none, "containers 0 lifecycle"), undefined);
});

Deno.test("weights are fetched and converted before the server starts, for the devices it will have", async () => {
  const onCpu = pod(await made(FLOW));
  assert.deepEqual(dig(onCpu, "initContainers 0 args"), [
    "model",
    "prepare",
    "/etc/clipline/flow.yml",
  ]);
  assert.deepEqual(dig(onCpu, "containers 0 args"), ["/etc/clipline/flow.yml"]);
  const onGpu = pod(await made(FLOW, { options: { gpus: 2 } }));
  assert.deepEqual((dig(onGpu, "initContainers 0 args") as string[]).slice(-2), [
    "--target",
    "gpu",
  ]);
  assert.equal(dig(onGpu, "initContainers 0 resources limits nvidia.com/gpu"), undefined);
  assert.equal(dig(onGpu, "containers 0 resources limits nvidia.com/gpu"), 2);
  assert.equal(dig(onGpu, "containers 0 resources requests nvidia.com/gpu"), 2);
  assert.equal(dig(onGpu, "tolerations 0 key"), "nvidia.com/gpu");
  assert.equal(dig(onCpu, "tolerations"), undefined);
});

Deno.test("weights on the pod's own disk are asked of the node, those on a volume are not", async () => {
  const asked = async (options: NonNullable<Surroundings["options"]>) => {
    const spec = pod(await made(FLOW, { options }));
    return ["initContainers", "containers"].map((kind) =>
      dig(spec, `${kind} 0 resources requests ephemeral-storage`)
    );
  };
  assert.deepEqual(await asked({ cacheBytes: 7 * 2 ** 30 }), ["7Gi", "7Gi"]);
  assert.deepEqual(await asked({ cacheClaim: "weights" }), [undefined, undefined]);
  assert.deepEqual(await asked({ cacheStorageClass: "nfs" }), [undefined, undefined]);
});

Deno.test("every mount has its volume, in both containers, and secrets are mounted only to be read", async () => {
  const spec = pod(
    await made(
      `jtype: Flow
with:
  ssl_certfile: s.pem
  ssl_keyfile: s.key
  ssl_client_ca: ca.pem
  api_keys: [{file: keys.txt}]
executors: [{uses: CLIPEncoder}, {name: i, uses: AnnLiteIndexer}]
`,
      { files: FILES, options: { modelsClaim: "mine", cacheClaim: "shared" } },
    ),
  );
  const mounts = dig(spec, "containers 0 volumeMounts") as {
    name: string;
    mountPath: string;
    readOnly?: boolean;
  }[];
  assert.deepEqual(dig(spec, "initContainers 0 volumeMounts"), mounts);
  assert.deepEqual(mounts.map(({ mountPath, readOnly = false }) => [mountPath, readOnly]), [
    ["/etc/clipline", true],
    ["/cache", false],
    ["/tmp", false],
    ["/etc/clipline-tls", true],
    ["/etc/clipline-client-ca", true],
    ["/etc/clipline-api-keys", true],
    ["/models", true],
    ["/workspace", false],
  ]);
  const volumes = dig(spec, "volumes") as ({ name: string } & Record<string, unknown>)[];
  // The index's comes from the StatefulSet.
  assert.deepEqual(
    [...volumes.map(({ name }) => name), "workspace"].sort(),
    mounts.map(({ name }) => name).sort(),
  );
  const volume = (name: string) => volumes.find((one) => one.name === name);
  assert.deepEqual(dig(volume("tls"), "secret"), {
    secretName: "clipline-tls",
    defaultMode: 0o440,
  });
  assert.deepEqual(dig(volume("cache"), "persistentVolumeClaim"), { claimName: "shared" });
  assert.deepEqual(dig(volume("models"), "persistentVolumeClaim"), {
    claimName: "mine",
    readOnly: true,
  });
});

Deno.test("a cache that all pods share is made where its class is named", async () => {
  const objects = await made(FLOW, { options: { cacheStorageClass: "nfs", cacheBytes: 2 ** 33 } });
  const claim = objects.get("cache-claim.yaml")!;
  assert.equal(claim.metadata.name, "clipline-cache");
  assert.deepEqual(claim.spec, {
    accessModes: ["ReadWriteMany"],
    storageClassName: "nfs",
    resources: { requests: { storage: "8Gi" } },
  });
});

Deno.test("secret variables come from a Secret, and other Secrets as a whole", async () => {
  const spec = pod(
    await made(FLOW, {
      options: {
        variables: [{ name: "HF_TOKEN", value: "hf_abc" }, {
          name: "JINA_LOG_LEVEL",
          value: "DEBUG",
        }],
        variableSecrets: ["bucket"],
      },
    }),
  );
  assert.doesNotMatch(JSON.stringify(spec), /hf_abc/);
  const env = dig(spec, "containers 0 env") as { name: string }[];
  assert.deepEqual(env.find(({ name }) => name === "HF_TOKEN"), {
    name: "HF_TOKEN",
    valueFrom: { secretKeyRef: { name: "clipline-env", key: "HF_TOKEN" } },
  });
  assert.ok(env.some(({ name }) => name === "JINA_LOG_LEVEL"));
  assert.deepEqual(dig(spec, "containers 0 envFrom"), [{ secretRef: { name: "bucket" } }]);
});

Deno.test("a flow with a key in it is a Secret, and another flow makes new pods", async () => {
  const keyed = await made(`jtype: Flow\nwith: {api_keys: [0123456789abcdef]}\n${ENCODER}`);
  assert.equal(keyed.get("flow.yaml")!.kind, "Secret");
  assert.deepEqual(dig(pod(keyed), "volumes 0 secret"), {
    secretName: "clipline-flow",
    defaultMode: 0o440,
  });
  const checksum = (objects: Map<string, KubernetesObject>) =>
    dig(objects.get("deployment.yaml"), "spec template metadata annotations checksum/flow");
  assert.notEqual(checksum(keyed), checksum(await made(FLOW)));
});

Deno.test("ports say what is spoken there, and low ones may be listened on", async () => {
  const objects = await made(
    `jtype: Flow\nwith: {protocol: [grpc, http, websocket], port: [51000, 80, 81]}\n${ENCODER}`,
  );
  const ports = dig(objects.get("service.yaml"), "spec ports") as Record<string, unknown>[];
  assert.deepEqual(ports.map(({ name, port, appProtocol }) => [name, port, appProtocol]), [
    ["grpc", 51000, "kubernetes.io/h2c"],
    ["http", 80, "http"],
    ["websocket", 81, "kubernetes.io/ws"],
    ["metrics", 9090, "http"],
  ]);
  const sysctls = dig(pod(objects), "securityContext sysctls");
  assert.deepEqual(sysctls, [{ name: "net.ipv4.ip_unprivileged_port_start", value: "0" }]);
  const tls = await made(
    `jtype: Flow\nwith: {protocol: [grpc, websocket], ssl_certfile: s.pem, ssl_keyfile: s.key}\n${ENCODER}`,
    { files: FILES },
  );
  assert.deepEqual(
    (dig(tls.get("service.yaml"), "spec ports") as Record<string, unknown>[]).map((
      { appProtocol },
    ) => appProtocol),
    ["https", "kubernetes.io/wss", "http"],
  );
});

Deno.test("the number of servers follows the queue and the time that they compute", async () => {
  const objects = await made(FLOW, { options: { replicas: { least: 2, most: 9 } } });
  const scaler = objects.get("autoscaler.yaml");
  assert.deepEqual(dig(scaler, "spec scaleTargetRef"), {
    apiVersion: "apps/v1",
    kind: "Deployment",
    name: "clipline",
  });
  assert.equal(dig(scaler, "spec minReplicas"), 2);
  assert.equal(dig(scaler, "spec maxReplicas"), 9);
  const metrics = dig(scaler, "spec metrics") as unknown[];
  assert.deepEqual(
    metrics.map((
      metric,
    ) => [dig(metric, "pods metric name"), dig(metric, "pods target averageValue")]),
    [["clipline_queue_seconds", "1"], ["clipline_busy_share", "700m"]],
  );
  const fixed = await made(FLOW, { options: { replicas: { least: 3, most: 3 } } });
  assert.ok(!fixed.has("autoscaler.yaml"));
  assert.equal(dig(fixed.get("deployment.yaml"), "spec replicas"), 3);
});

Deno.test("a pod is reached at its ports, and reaches what it needs and no machine's secrets", async () => {
  const objects = await made(FLOW);
  const policy = objects.get("network-policy.yaml");
  assert.deepEqual(dig(policy, "spec ingress"), [
    { ports: [{ protocol: "TCP", port: 51000 }, { protocol: "TCP", port: 51001 }] },
    { from: [{ namespaceSelector: {} }], ports: [{ protocol: "TCP", port: 9090 }] },
  ]);
  assert.deepEqual(dig(policy, "spec egress 1 ports"), [
    { protocol: "TCP", port: 80 },
    { protocol: "TCP", port: 443 },
  ]);
  const except = dig(policy, "spec egress 1 to 0 ipBlock except") as string[];
  assert.ok(except.includes("169.254.0.0/16"));
});

Deno.test("pods have an account of their own, with annotations, or one that is there", async () => {
  const annotations = { "eks.amazonaws.com/role-arn": "arn:aws:iam::1:role/clip" };
  const own = await made(FLOW, { options: { serviceAccount: { annotations } } });
  assert.deepEqual(own.get("service-account.yaml")!.metadata.annotations, annotations);
  assert.equal(dig(pod(own), "serviceAccountName"), "clipline");
  assert.equal(dig(pod(own), "automountServiceAccountToken"), false);
  const other = await made(FLOW, { options: { serviceAccount: { name: "reader", token: true } } });
  assert.equal(other.get("service-account.yaml"), undefined);
  assert.equal(dig(pod(other), "serviceAccountName"), "reader");
  assert.equal(dig(pod(other), "automountServiceAccountToken"), true);
});

Deno.test("an update brings the new pod first, or takes the old one first", async () => {
  const updated = async (update: { maxSurge?: 0 | "50%"; maxUnavailable?: 2 }) => {
    const objects = await made(FLOW, { options: { update } });
    return dig(objects.get("deployment.yaml"), "spec strategy rollingUpdate");
  };
  assert.deepEqual(await updated({}), { maxSurge: 1, maxUnavailable: 0 });
  assert.deepEqual(await updated({ maxSurge: 0 }), { maxSurge: 0, maxUnavailable: 1 });
  assert.deepEqual(await updated({ maxUnavailable: 2 }), { maxSurge: 1, maxUnavailable: 2 });
  assert.deepEqual(await updated({ maxSurge: "50%" }), { maxSurge: "50%", maxUnavailable: 0 });
});
