/** How many servers there are: as many as keep the queue short. */
import type { DeploymentPlan } from "../plan.ts";
import { quantity } from "../quantities.ts";
import { type KubernetesObject, metaOf, objectName, type Place } from "./object.ts";

/** The gauge of src/telemetry/metric_table.ts, which prometheus-adapter hands on. */
const QUEUE = "clipline_queue_seconds";
/**
 * Seconds that replicas computed in each second, of those that there are: the adapter's rule makes it
 * of `clipline_replica_busy_seconds_total` and `clipline_replicas`.
 */
const BUSY_SHARE = "clipline_busy_share";
/** Of the time: above it queues grow long (docs/scaling.md). */
const TARGET_BUSY_SHARE = 0.7;

/**
 * The HorizontalPodAutoscaler; undefined where the number is fixed.
 *
 * A queue says that there are too few servers, and nothing of how many too many there are: it is as
 * empty at a tenth of what they can do as at a half. So the share of the time that they compute says
 * that, and of what both want the larger number is taken. By the queue alone the number would swing
 * (docs/scaling.md has both simulated).
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
      metrics: [podMetric(QUEUE, targetQueueSeconds), podMetric(BUSY_SHARE, TARGET_BUSY_SHARE)],
      behavior: BEHAVIOR,
    },
  };
}

/** Up at once, as Kubernetes does by default; down slowly. */
const BEHAVIOR = {
  scaleUp: {
    stabilizationWindowSeconds: 0,
    selectPolicy: "Max",
    policies: [
      { type: "Percent", value: 100, periodSeconds: 15 },
      { type: "Pods", value: 4, periodSeconds: 15 },
    ],
  },
  scaleDown: {
    stabilizationWindowSeconds: 300,
    selectPolicy: "Max",
    policies: [{ type: "Percent", value: 10, periodSeconds: 60 }],
  },
};

/** The mean of a metric over the pods. */
function podMetric(name: string, target: number) {
  return {
    type: "Pods",
    pods: {
      metric: { name },
      target: { type: "AverageValue", averageValue: quantity(target) },
    },
  };
}
