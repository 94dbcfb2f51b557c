import assert from "node:assert/strict";
import { faultsIn, type Manifest } from "./checked.ts";

const POD = {
  securityContext: { runAsNonRoot: true, seccompProfile: { type: "RuntimeDefault" } },
  containers: [{
    name: "a",
    image: "b",
    securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] } },
  }],
};

function deployment(change: object, pod: object = POD): Manifest {
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name: "a" },
    ...{
      spec: {
        selector: { matchLabels: { app: "a" } },
        template: { metadata: { labels: { app: "a" } }, spec: pod },
        ...change,
      },
    },
  };
}

function monitor(endpoint: object): Manifest {
  return {
    apiVersion: "monitoring.coreos.com/v1",
    kind: "ServiceMonitor",
    metadata: { name: "a" },
    ...{ spec: { selector: {}, endpoints: [endpoint] } },
  };
}

function inferenceService(model: object): Manifest {
  return {
    apiVersion: "serving.kserve.io/v1beta1",
    kind: "InferenceService",
    metadata: { name: "a" },
    ...{ spec: { predictor: { model: { modelFormat: { name: "clip" }, ...model } } } },
  };
}

const GOOD = [deployment({}), monitor({ port: "a" }), inferenceService({ runtime: "clipline" })];

const BAD: readonly [what: string, manifest: Manifest, why: RegExp][] = [
  ["by a schema", deployment({ replica: 1 }), /'replica' was unexpected.*1\.27.*1\.37/],
  [
    "by the API server's rules",
    deployment({ selector: { matchLabels: { app: "b" } } }),
    /`selector` does not match template `labels`/,
  ],
  ["as more than restricted", deployment({}, { containers: POD.containers }), /runAsNonRoot/],
  ["by Prometheus Operator's types", monitor({ prot: "a" }), /unknown field "spec.endpoints/],
  ["by KServe's types", inferenceService({ runtimes: "x" }), /runtimes: not a field of V1beta1/],
  ["by Kubernetes' in KServe's", inferenceService({ env: [{}] }), /'name' is a required property/],
];

Deno.test("manifests are judged by Kubernetes, and other kinds by their projects", async () => {
  const sets = new Map([
    ["good", GOOD],
    ...BAD.map(([what, manifest]): [string, Manifest[]] => [what, [manifest]]),
  ]);
  const faults = await faultsIn(sets);
  for (const [what, , why] of BAD) {
    const said = faults.filter((fault) => fault.startsWith(`${what}: `)).join("\n");
    assert.match(said, why, what);
  }
  assert.deepEqual(faults.filter((fault) => fault.startsWith("good: ")), []);
});
