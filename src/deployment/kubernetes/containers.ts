/** The container that serves, and the one before it that fetches and converts weights. */
import type { DeploymentPlan } from "../plan.ts";
import { byteQuantity, quantity } from "../quantities.ts";
import { literal } from "./literal.ts";
import { objectName } from "./object.ts";
import { containerProbes } from "./probes.ts";
import { mountsOf } from "./volumes.ts";

const GPU = "nvidia.com/gpu";

/** Nothing but what the Dockerfile's user may do, in folders that are mounted. */
const SECURITY = {
  allowPrivilegeEscalation: false,
  readOnlyRootFilesystem: true,
  runAsNonRoot: true,
  capabilities: { drop: ["ALL"] },
};

/** The server. */
export function serverContainer(plan: DeploymentPlan) {
  const { ports, probes, resources: { gpus }, shutdown } = plan;
  const asked = resourcesOf(plan);
  const gpu = gpus > 0 ? { [GPU]: gpus } : {};
  return {
    name: "clipline",
    image: plan.image,
    args: [plan.flow.path],
    ports: ports.map(({ name, port }) => ({ name, containerPort: port, protocol: "TCP" })),
    ...environmentOf(plan),
    resources: {
      requests: { ...asked.requests, ...gpu },
      limits: { ...asked.limits, ...gpu },
    },
    ...containerProbes(probes),
    // A stop closes the ports at once: time for the others to hear that the pod is leaving.
    ...(shutdown.delaySeconds > 0
      ? { lifecycle: { preStop: { exec: { command: ["sleep", String(shutdown.delaySeconds)] } } } }
      : {}),
    securityContext: SECURITY,
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
    resources: resourcesOf(plan),
    securityContext: SECURITY,
    volumeMounts: mountsOf(plan),
  };
}

function resourcesOf({ resources: { cpu, memoryBytes } }: DeploymentPlan) {
  return {
    requests: { cpu: quantity(cpu.request), memory: byteQuantity(memoryBytes.request) },
    limits: {
      ...(cpu.limit === null ? {} : { cpu: quantity(cpu.limit) }),
      memory: byteQuantity(memoryBytes.limit),
    },
  };
}

function environmentOf(plan: DeploymentPlan) {
  const { variables, variableSecrets, shutdown } = plan;
  const env = [
    { name: "SHUTDOWN_GRACE", value: String(shutdown.graceSeconds) },
    ...variables.map(({ name, value, secret }) =>
      secret
        ? { name, valueFrom: { secretKeyRef: { name: objectName(plan, "env"), key: name } } }
        : { name, value: literal(value) }
    ),
  ];
  const envFrom = variableSecrets.map((name) => ({ secretRef: { name } }));
  return { env, ...(envFrom.length > 0 ? { envFrom } : {}) };
}
