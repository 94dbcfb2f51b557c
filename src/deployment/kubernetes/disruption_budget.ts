/** How many pods may be taken away on purpose at a time. */
import type { DeploymentPlan } from "../plan.ts";
import { type KubernetesObject, metaOf, type Place, selectorOf } from "./object.ts";

/** One; a node with the only pod can still be emptied. */
export function disruptionBudget(plan: DeploymentPlan, place: Place): KubernetesObject {
  return {
    apiVersion: "policy/v1",
    kind: "PodDisruptionBudget",
    metadata: metaOf(plan, place),
    spec: {
      maxUnavailable: 1,
      // A pod that is not ready serves nobody: it never keeps a node from being emptied.
      unhealthyPodEvictionPolicy: "AlwaysAllow",
      selector: { matchLabels: selectorOf(plan) },
    },
  };
}
