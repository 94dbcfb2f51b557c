/** The flow: a ConfigMap, or a Secret if there are keys or passwords in it. */
import type { DeploymentPlan } from "../plan.ts";
import { type KubernetesObject, metaOf, type Place } from "./object.ts";

/** The user's text, comments and all. */
export function flowObject(
  plan: Pick<DeploymentPlan, "name" | "flow">,
  place: Place,
): KubernetesObject {
  const { flow: { text, fileName, secret } } = plan;
  const metadata = metaOf(plan, place, "flow");
  return secret
    ? {
      apiVersion: "v1",
      kind: "Secret",
      metadata,
      type: "Opaque",
      stringData: { [fileName]: text },
    }
    : { apiVersion: "v1", kind: "ConfigMap", metadata, data: { [fileName]: text } };
}
