/** {@linkcode DeploymentPlan} -> the files that `kubectl apply` takes. */
import type { DeploymentPlan } from "../plan.ts";
import { autoscaler } from "./autoscaler.ts";
import { cacheClaim } from "./cache_claim.ts";
import { disruptionBudget } from "./disruption_budget.ts";
import { flowObject } from "./flow_object.ts";
import { networkPolicy } from "./network_policy.ts";
import type { KubernetesObject, Place } from "./object.ts";
import { serviceAccount } from "./service_account.ts";
import { serviceMonitor } from "./service_monitor.ts";
import { headlessService, service } from "./services.ts";
import { workload } from "./workload.ts";

/** A file of one object. */
export interface Manifest {
  /** Relative to the folder that is written. */
  file: string;
  object: KubernetesObject;
  /** Whether nobody else may read it. */
  secret: boolean;
}

/** Its objects are of a kind that not every cluster knows: `kubectl apply -f` would fail for it. */
export const OPERATOR_FOLDER = "prometheus-operator";

/** All objects of a deployment but the Secrets beside the flow. */
export function manifests(plan: DeploymentPlan, place: Place): Manifest[] {
  const kept = plan.workspace === null ? "deployment.yaml" : "statefulset.yaml";
  const objects: readonly [file: string, object: KubernetesObject | undefined][] = [
    ["service-account.yaml", serviceAccount(plan, place)],
    ["flow.yaml", flowObject(plan, place)],
    ["cache-claim.yaml", cacheClaim(plan, place)],
    [kept, workload(plan, place)],
    ["service.yaml", service(plan, place)],
    ["service-headless.yaml", headlessService(plan, place)],
    ["disruption-budget.yaml", disruptionBudget(plan, place)],
    ["autoscaler.yaml", autoscaler(plan, place)],
    ["network-policy.yaml", networkPolicy(plan, place)],
    [`${OPERATOR_FOLDER}/service-monitor.yaml`, serviceMonitor(plan, place)],
  ];
  return objects.flatMap(([file, object]) =>
    object === undefined ? [] : [{ file, object, secret: object.kind === "Secret" }]
  );
}
