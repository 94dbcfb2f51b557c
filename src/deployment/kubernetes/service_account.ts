/** Who the pods are: nobody with rights. */
import type { DeploymentPlan } from "../plan.ts";
import { type KubernetesObject, metaOf, type Place } from "./object.ts";

/** The ServiceAccount, if it is to be made: the server never asks Kubernetes' API. */
export function serviceAccount(plan: DeploymentPlan, place: Place): KubernetesObject | undefined {
  const { made, annotations } = plan.serviceAccount;
  if (!made) return undefined;
  return {
    apiVersion: "v1",
    kind: "ServiceAccount",
    metadata: {
      ...metaOf(plan, place),
      ...(Object.keys(annotations).length === 0 ? {} : { annotations }),
    },
    automountServiceAccountToken: false,
  };
}
