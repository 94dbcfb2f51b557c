/** The container that serves, and the one before it that fetches and converts weights. */
import type { DeploymentPlan } from "../plan.ts";
import { CONTAINER_SECURITY } from "./confinement.ts";
import { containerResources } from "./container_resources.ts";
import { environmentVariable } from "./environment.ts";
import { containerProbes } from "./probes.ts";
import { mountsOf } from "./volumes.ts";

/** The server. */
export function serverContainer(plan: DeploymentPlan) {
  const { ports, probes, resources, shutdown } = plan;
  return {
    name: "clipline",
    image: plan.image,
    args: [plan.flow.path],
    ports: ports.map(({ name, port }) => ({ name, containerPort: port, protocol: "TCP" })),
    ...environmentOf(plan),
    resources: containerResources(resources, ownDisk(plan)),
    ...containerProbes(probes),
    // A stop closes the ports at once: time for the others to hear that the pod is leaving.
    ...(shutdown.delaySeconds > 0
      ? { lifecycle: { preStop: { exec: { command: ["sleep", String(shutdown.delaySeconds)] } } } }
      : {}),
    securityContext: CONTAINER_SECURITY,
    volumeMounts: mountsOf(plan),
  };
}

/** `model prepare`: the server then starts in seconds, and a failure says what it was. */
export function prepareContainer(plan: DeploymentPlan) {
  const target = plan.resources.gpus > 0 ? ["--target", "gpu"] : [];
  return {
    name: "prepare",
    image: plan.image,
    args: ["model", "prepare", plan.flow.path, ...target],
    ...environmentOf(plan),
    resources: containerResources({ ...plan.resources, gpus: 0 }, ownDisk(plan)),
    securityContext: CONTAINER_SECURITY,
    volumeMounts: mountsOf(plan),
  };
}

/** Weights that lie on the pod's own disk. */
function ownDisk({ cache }: DeploymentPlan): number {
  return cache.claim === null ? cache.bytes : 0;
}

function environmentOf(plan: DeploymentPlan) {
  const { variables, variableSecrets, shutdown } = plan;
  const env = [
    { name: "SHUTDOWN_GRACE", value: String(shutdown.graceSeconds) },
    // The preStop hook waits: what an image or a Secret says would come on top of it.
    { name: "SHUTDOWN_DELAY", value: "0" },
    ...variables.map((variable) => environmentVariable(plan, variable)),
  ];
  const envFrom = variableSecrets.map((name) => ({ secretRef: { name } }));
  return { env, ...(envFrom.length > 0 ? { envFrom } : {}) };
}
