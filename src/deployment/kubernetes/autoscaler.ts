/** How many servers there are: as many as keep the queue short. */
import type { DeploymentPlan } from "../plan.ts";
import { quantity } from "../quantities.ts";
import { type KubernetesObject, metaOf, objectName, type Place } from "./object.ts";

/** The gauge of src/telemetry/metric_table.ts, which prometheus-adapter hands on. */
const METRIC = "clipline_queue_seconds";

/**
 * The HorizontalPodAutoscaler; undefined where the number is fixed.
 *
 * A queue says that there are too few servers, and hardly how many too many there are: it is as
 * empty at a tenth of the load as at a half. So pods come quickly and leave one by one, each after
 * ten minutes in which none was missed.
 */
export function autoscaler(plan: DeploymentPlan, place: Place): KubernetesObject | undefined {
  const { replicas: { least, most }, targetQueueSeconds } = plan;
  if (least >= most) return undefined;
  return {
    apiVersion: "autoscaling/v2",
    kind: "HorizontalPodAutoscaler",
    metadata: metaOf(plan, place),
    spec: {
      scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: objectName(plan) },
      minReplicas: least,
      maxReplicas: most,
      metrics: [{
        type: "Pods",
        pods: {
          metric: { name: METRIC },
          target: { type: "AverageValue", averageValue: quantity(targetQueueSeconds) },
        },
      }],
      behavior: {
        scaleUp: {
          stabilizationWindowSeconds: 30,
          selectPolicy: "Max",
          policies: [
            { type: "Percent", value: 100, periodSeconds: 60 },
            { type: "Pods", value: 2, periodSeconds: 60 },
          ],
        },
        scaleDown: {
          stabilizationWindowSeconds: 600,
          selectPolicy: "Max",
          policies: [{ type: "Pods", value: 1, periodSeconds: 300 }],
        },
      },
    },
  };
}
