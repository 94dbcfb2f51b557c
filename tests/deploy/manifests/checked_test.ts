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

async function faultsOf(manifest: Manifest): Promise<string> {
  return (await faultsIn(new Map([["test", [manifest]]]))).join("\n");
}

Deno.test("manifests are judged by schemas, by the API server's rules and by restricted pods'", async () => {
  assert.equal(await faultsOf(deployment({})), "");
  assert.match(
    await faultsOf(deployment({ replica: 1 })),
    /'replica' was unexpected.*1\.27.*1\.37/,
  );
  const other = { selector: { matchLabels: { app: "b" } } };
  assert.match(await faultsOf(deployment(other)), /`selector` does not match template `labels`/);
  const root = { containers: POD.containers };
  assert.match(await faultsOf(deployment({}, root)), /runAsNonRoot != true/);
});

Deno.test("kinds that Kubernetes does not know are judged by the types of their projects", async () => {
  const monitor = (endpoint: object): Manifest => ({
    apiVersion: "monitoring.coreos.com/v1",
    kind: "ServiceMonitor",
    metadata: { name: "a" },
    ...{ spec: { selector: {}, endpoints: [endpoint] } },
  });
  assert.equal(await faultsOf(monitor({ port: "metrics" })), "");
  assert.match(await faultsOf(monitor({ prot: "metrics" })), /unknown field "spec.endpoints/);
  const service = (model: object): Manifest => ({
    apiVersion: "serving.kserve.io/v1beta1",
    kind: "InferenceService",
    metadata: { name: "a" },
    ...{ spec: { predictor: { model: { modelFormat: { name: "clip" }, ...model } } } },
  });
  assert.equal(await faultsOf(service({ runtime: "clipline" })), "");
  assert.match(await faultsOf(service({ runtimes: "x" })), /runtimes: not a field of V1beta1Model/);
  assert.match(await faultsOf(service({ env: [{ value: "x" }] })), /'name' is a required property/);
});
