/** The pod of a server. */
import { createHash } from "node:crypto";
import type { DeploymentPlan } from "../plan.ts";
import { POD_SECURITY } from "./confinement.ts";
import { gpuTolerations } from "./container_resources.ts";
import { prepareContainer, serverContainer } from "./containers.ts";
import { labelsOf, type Place, selectorOf } from "./object.ts";
import { volumesOf } from "./volumes.ts";

/** Seconds after the server's own time until the process is killed. */
const SPARE_SECONDS = 5;
/** Below it only root may listen, unless the pod says otherwise. */
const FIRST_FREE_PORT = 1024;

/** The template that a Deployment or a StatefulSet makes pods of. */
export function podTemplate(plan: DeploymentPlan, { pullSecrets = [] }: Place) {
  const { ports, prepares, resources: { gpus }, shutdown } = plan;
  const low = ports.some(({ port }) => port < FIRST_FREE_PORT);
  return {
    metadata: {
      labels: labelsOf(plan),
      // Another flow is another pod: a ConfigMap alone would not start any anew.
      annotations: { "checksum/flow": createHash("sha256").update(plan.flow.text).digest("hex") },
    },
    spec: {
      serviceAccountName: plan.serviceAccount.name,
      automountServiceAccountToken: plan.serviceAccount.token,
      // Variables of the namespace's Services would be taken for the server's own.
      enableServiceLinks: false,
      ...(pullSecrets.length > 0
        ? { imagePullSecrets: pullSecrets.map((name) => ({ name })) }
        : {}),
      terminationGracePeriodSeconds: shutdown.delaySeconds + shutdown.graceSeconds + SPARE_SECONDS,
      securityContext: {
        ...POD_SECURITY,
        ...(low ? { sysctls: [{ name: "net.ipv4.ip_unprivileged_port_start", value: "0" }] } : {}),
      },
      topologySpreadConstraints: ["kubernetes.io/hostname", "topology.kubernetes.io/zone"].map(
        (topologyKey) => ({
          maxSkew: 1,
          topologyKey,
          // Soft: a server beside another is better than none.
          whenUnsatisfiable: "ScheduleAnyway",
          labelSelector: { matchLabels: selectorOf(plan) },
        }),
      ),
      ...gpuTolerations(gpus),
      ...(prepares ? { initContainers: [prepareContainer(plan)] } : {}),
      containers: [serverContainer(plan)],
      volumes: volumesOf(plan),
    },
  };
}
