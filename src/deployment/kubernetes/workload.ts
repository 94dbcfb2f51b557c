/** What keeps the pods: a Deployment, or a StatefulSet where an index is embedded. */
import type { DeploymentPlan } from "../plan.ts";
import { byteQuantity } from "../quantities.ts";
import { type KubernetesObject, metaOf, objectName, type Place, selectorOf } from "./object.ts";
import { podTemplate } from "./pod.ts";
import { HEADLESS } from "./services.ts";

/** Old versions to go back to. */
const HISTORY = 3;
/** Seconds that downloads and conversion may take beside the start. */
const PREPARE_SECONDS = 3600;

/** The one that fits the flow. */
export function workload(plan: DeploymentPlan, place: Place): KubernetesObject {
  return plan.workspace === null ? deployment(plan, place) : statefulSet(plan, place);
}

function deployment(plan: DeploymentPlan, place: Place): KubernetesObject {
  const { replicas: { least, most }, probes } = plan;
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: metaOf(plan, place),
    spec: {
      // The autoscaler's business, where there is one.
      ...(least < most ? {} : { replicas: least }),
      revisionHistoryLimit: HISTORY,
      progressDeadlineSeconds: probes.startupSeconds + PREPARE_SECONDS,
      selector: { matchLabels: selectorOf(plan) },
      strategy: { type: "RollingUpdate", rollingUpdate: { ...plan.update } },
      template: podTemplate(plan, place),
    },
  };
}

function statefulSet(plan: DeploymentPlan, place: Place): KubernetesObject {
  const { replicas: { least } } = plan;
  const { claim } = plan.workspace!;
  return {
    apiVersion: "apps/v1",
    kind: "StatefulSet",
    metadata: metaOf(plan, place),
    spec: {
      replicas: least,
      revisionHistoryLimit: HISTORY,
      serviceName: objectName(plan, HEADLESS),
      selector: { matchLabels: selectorOf(plan) },
      updateStrategy: { type: "RollingUpdate" },
      template: podTemplate(plan, place),
      volumeClaimTemplates: [{
        apiVersion: "v1",
        kind: "PersistentVolumeClaim",
        // Templates of claims cannot be changed later: no label of a version.
        metadata: { name: claim.name, labels: selectorOf(plan) },
        spec: {
          // One pod and no other writes an index.
          accessModes: ["ReadWriteOnce"],
          ...(claim.storageClass === null ? {} : { storageClassName: claim.storageClass }),
          resources: { requests: { storage: byteQuantity(claim.bytes) } },
        },
      }],
    },
  };
}
