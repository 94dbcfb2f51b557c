/** {@linkcode DeploymentPlan} -> values of the chart in `deploy/helm/clipline`. */
import { secretFolder } from "../plan/container_paths.ts";
import type { DeploymentPlan, PlannedClaim } from "../plan.ts";
import { literal } from "../kubernetes/environment.ts";
import type { Place } from "../kubernetes/object.ts";
import { probeHandler } from "../kubernetes/probes.ts";
import { byteQuantity, quantity } from "../quantities.ts";

/**
 * The values with which the chart makes the objects that `manifests` has, beside those that are the
 * chart's own: what `values.schema.json` describes.
 *
 * @param place of which the chart wants the Secrets to pull with; namespaces are Helm's business.
 */
export function helmValues(plan: DeploymentPlan, { pullSecrets = [] }: Pick<Place, "pullSecrets">) {
  const { flow, replicas: { least, most }, resources, probes, shutdown, serviceAccount: account } =
    plan;
  const { cpu, memoryBytes } = resources;
  return {
    fullnameOverride: plan.name,
    image: imageValues(plan.image),
    imagePullSecrets: [...pullSecrets],
    flow: { text: flow.text, secret: flow.secret },
    ports: plan.ports.map(({ name, port, protocols, tls }) => ({
      name,
      port,
      protocols: [...protocols],
      tls,
    })),
    probes: {
      ready: probeHandler(probes.ready),
      live: probeHandler(probes.live),
      startupSeconds: probes.startupSeconds,
    },
    prepare: plan.prepares,
    replicas: least,
    autoscaling: {
      enabled: least < most,
      minReplicas: least,
      maxReplicas: most,
      targetQueueSeconds: plan.targetQueueSeconds,
    },
    rollingUpdate: { ...plan.update },
    gpus: resources.gpus,
    resources: {
      requests: { cpu: quantity(cpu.request), memory: byteQuantity(memoryBytes.request) },
      limits: {
        // Helm takes out what the chart has by 'null'.
        cpu: cpu.limit === null ? null : quantity(cpu.limit),
        memory: byteQuantity(memoryBytes.limit),
      },
    },
    shutdown: { ...shutdown },
    env: Object.fromEntries(
      plan.variables.filter(({ secret }) => !secret).map((
        { name, value },
      ) => [name, literal(value)]),
    ),
    secretEnv: {
      names: plan.variables.filter(({ secret }) => secret).map(({ name }) => name),
    },
    envFromSecrets: [...plan.variableSecrets],
    secretFiles: [...new Set(plan.files.map(({ secret }) => secret))].map((name) => ({
      name,
      mountPath: secretFolder(name),
    })),
    cache: cacheValues(plan.cache),
    workspace: workspaceValues(plan.workspace?.claim),
    models: { existingClaim: plan.models?.claim ?? "" },
    serviceAccount: {
      create: account.made,
      name: account.made ? "" : account.name,
      annotations: { ...account.annotations },
      automountToken: account.token,
    },
    networkPolicy: { egressPorts: [...plan.egressPorts] },
  };
}

/** The parts of an image's name, as the chart puts them together. */
function imageValues(image: string): { repository: string; tag?: string; digest?: string } {
  const at = image.indexOf("@");
  if (at >= 0) return { repository: image.slice(0, at), digest: image.slice(at + 1) };
  const colon = image.indexOf(":", image.lastIndexOf("/") + 1);
  return colon < 0
    ? { repository: image, tag: "latest" }
    : { repository: image.slice(0, colon), tag: image.slice(colon + 1) };
}

function cacheValues({ bytes, claim }: DeploymentPlan["cache"]) {
  const made = claim !== null && claim.made;
  return {
    size: byteQuantity(bytes),
    existingClaim: claim === null || made ? "" : claim.name,
    create: made,
    storageClass: claim?.storageClass ?? "",
  };
}

function workspaceValues(claim: PlannedClaim | undefined) {
  return claim === undefined ? { enabled: false } : {
    enabled: true,
    size: byteQuantity(claim.bytes),
    storageClass: claim.storageClass ?? "",
  };
}
