/** The volume with weights and graphs that all pods share. */
import type { DeploymentPlan } from "../plan.ts";
import { byteQuantity } from "../quantities.ts";
import { type KubernetesObject, metaOf, type Place } from "./object.ts";

/** The claim, if it is to be made. */
export function cacheClaim(plan: DeploymentPlan, place: Place): KubernetesObject | undefined {
  const { claim } = plan.cache;
  if (claim === null || !claim.made) return undefined;
  return {
    apiVersion: "v1",
    kind: "PersistentVolumeClaim",
    metadata: { ...metaOf(plan, place), name: claim.name },
    spec: {
      // The first pod fills it, the others find it filled.
      accessModes: ["ReadWriteMany"],
      ...(claim.storageClass === null ? {} : { storageClassName: claim.storageClass }),
      resources: { requests: { storage: byteQuantity(claim.bytes) } },
    },
  };
}
