/** What tells the Prometheus Operator to scrape the pods. */
import type { DeploymentPlan } from "../plan.ts";
import {
  COMPONENT,
  type KubernetesObject,
  metaOf,
  type Place,
  selectorOf,
  SERVER,
} from "./object.ts";

const INTERVAL = "15s";

/** The ServiceMonitor; undefined for a flow without metrics. */
export function serviceMonitor(plan: DeploymentPlan, place: Place): KubernetesObject | undefined {
  if (plan.metrics.length === 0) return undefined;
  return {
    apiVersion: "monitoring.coreos.com/v1",
    kind: "ServiceMonitor",
    metadata: metaOf(plan, place),
    spec: {
      // The headless Service, of another component, leads to the same pods.
      selector: { matchLabels: { ...selectorOf(plan), [COMPONENT]: SERVER } },
      endpoints: plan.metrics.map(({ portName, path }) => ({
        port: portName,
        path,
        interval: INTERVAL,
      })),
    },
  };
}
