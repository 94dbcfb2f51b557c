/**
 * {@linkcode DeploymentPlan} -> values of the chart in deploy/helm/clipline, whose schema
 * (values.schema.json) says the same. Amounts are texts: Helm makes floats of large numbers.
 */
import type { Place } from "../kubernetes/object.ts";
import type { DeploymentPlan } from "../plan.ts";
import { byteQuantity, quantity } from "../quantities.ts";

/** The values. Nothing of them is secret but the flow, if it says so itself. */
export function helmValues(plan: DeploymentPlan, { pullSecrets = [] }: Place) {
  const { flow, resources, cache, workspace, models, replicas } = plan;
  return {
    fullnameOverride: plan.name,
    image: imageOf(plan.image),
    imagePullSecrets: pullSecrets.map((name) => ({ name })),
    flow: { text: flow.text, path: flow.path, secret: flow.secret },
    ports: plan.ports.map(({ name, port, protocols, tls }) => ({
      name,
      port,
      protocols: [...protocols],
      tls,
    })),
    metrics: plan.metrics.map(({ portName, path }) => ({ portName, path })),
    probes: plan.probes,
    files: plan.files.map(({ secret, key, path }) => ({ secret, key, path })),
    variables: plan.variables.filter(({ secret }) => !secret)
      .map(({ name, value }) => ({ name, value })),
    secretVariables: plan.variables.filter(({ secret }) => secret).map(({ name }) => name),
    variableSecrets: [...plan.variableSecrets],
    replicas,
    resources: {
      cpu: {
        request: quantity(resources.cpu.request),
        limit: resources.cpu.limit === null ? null : quantity(resources.cpu.limit),
      },
      memory: {
        request: byteQuantity(resources.memoryBytes.request),
        limit: byteQuantity(resources.memoryBytes.limit),
      },
      gpus: resources.gpus,
    },
    cache: {
      path: cache.path,
      size: byteQuantity(cache.bytes),
      claim: cache.claim === null ? null : {
        name: cache.claim.name,
        made: cache.claim.made,
        storageClass: cache.claim.storageClass,
      },
    },
    prepares: plan.prepares,
    workspace: workspace === null ? null : {
      path: workspace.path,
      size: byteQuantity(workspace.claim.bytes),
      storageClass: workspace.claim.storageClass,
    },
    models,
    egressPorts: [...plan.egressPorts],
    shutdown: plan.shutdown,
    targetQueueSeconds: quantity(plan.targetQueueSeconds),
  };
}

/** `registry:5000/clipline:1@sha256:…` in its parts. */
function imageOf(image: string): { repository: string; tag?: string; digest?: string } {
  const [named = "", digest] = image.split("@");
  const [, repository = named, tag] = /^(.*?)(?::([\w][\w.-]*))?$/.exec(named) ?? [];
  return {
    repository,
    ...(tag === undefined ? {} : { tag }),
    ...(digest === undefined ? {} : { digest }),
  };
}
