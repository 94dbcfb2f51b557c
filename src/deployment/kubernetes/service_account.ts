/** Who the pods are: nobody with rights. */
import type { DeploymentPlan } from "../plan.ts";
import { type KubernetesObject, metaOf, type Place } from "./object.ts";

/** The ServiceAccount: the server never asks Kubernetes' API. */
export function serviceAccount(plan: DeploymentPlan, place: Place): KubernetesObject {
  return {
    apiVersion: "v1",
    kind: "ServiceAccount",
    metadata: metaOf(plan, place),
    automountServiceAccountToken: false,
  };
}
