/**
 * A job as an Indexed Job of Kubernetes (batch/v1; `backoffLimitPerIndex` and `podReplacementPolicy`
 * are on from 1.29), and a Job that joins what it wrote.
 */
import { flowObject } from "../../kubernetes/flow_object.ts";
import { literal } from "../../kubernetes/environment.ts";
import { type KubernetesObject, labelsOf, metaOf, type Place } from "../../kubernetes/object.ts";
import { MERGE_RESOURCES, shardWords } from "../job_plan.ts";
import { type KubernetesJobPlan, WORK_FOLDER } from "./kubernetes_plan.ts";
import { jobPod } from "./job_pod.ts";

/** Objects by what is applied first: the shares, then what joins them. */
export interface JobObjects {
  encode: KubernetesObject[];
  merge: KubernetesObject[];
}

/** How often a share is tried again, beside what the cluster itself has interrupted. */
const RETRIES = 6;

/** Seconds that a finished Job is kept, with the logs of its pods. */
const KEPT_SECONDS = 7 * 24 * 3600;

/** `encode`'s exit codes (src/cli/exit_code.ts). */
const WRONG_USAGE = 2;
const WITH_ERRORS = 3;

const INDEX = "JOB_COMPLETION_INDEX";

/** Writes them; Secrets of the user's own are not among them. */
export function jobObjects(plan: KubernetesJobPlan, place: Place): JobObjects {
  const { name, flow } = plan;
  return {
    encode: [
      ...(flow === null ? [] : [flowObject({ name, flow }, place)]),
      indexedJob(plan, place),
    ],
    merge: [mergeJob(plan, place)],
  };
}

function indexedJob(plan: KubernetesJobPlan, place: Place): KubernetesObject {
  const args = [
    "encode",
    ...[...plan.encodeWords, ...plan.endWords].map(literal),
    ...shardWords(plan, INDEX),
    "--out",
    `${literal(plan.shardsOut)}/$(${INDEX})`,
    ...workWords(plan),
  ];
  return {
    apiVersion: "batch/v1",
    kind: "Job",
    metadata: metaOf(plan, place, "", "encode"),
    spec: {
      completionMode: "Indexed",
      completions: plan.shards,
      parallelism: plan.parallel,
      backoffLimitPerIndex: RETRIES,
      // Never two pods with one share: the second waits for the end of the first.
      podReplacementPolicy: "Failed",
      podFailurePolicy: {
        rules: [
          // Drained, preempted, evicted: no fault of the share's.
          { action: "Ignore", onPodConditions: [{ type: "DisruptionTarget", status: "True" }] },
          // Wrong words are wrong for every share.
          { action: "FailJob", onExitCodes: { operator: "In", values: [WRONG_USAGE] } },
          // Done, but some rows are in errors.jsonl: to try again changes nothing.
          {
            action: "FailIndex",
            onExitCodes: { containerName: "encode", operator: "In", values: [WITH_ERRORS] },
          },
        ],
      },
      ttlSecondsAfterFinished: KEPT_SECONDS,
      template: {
        metadata: { labels: labelsOf(plan, "encode") },
        spec: jobPod(plan, place, {
          name: "encode",
          args,
          resources: plan.resources,
          prepareWords: plan.prepareWords,
          variables: [{
            name: INDEX,
            valueFrom: {
              fieldRef: {
                fieldPath: "metadata.annotations['batch.kubernetes.io/job-completion-index']",
              },
            },
          }],
        }),
      },
    },
  };
}

function mergeJob(plan: KubernetesJobPlan, place: Place): KubernetesObject {
  const end = plan.endWords.filter((word) => word !== "--strict");
  const args = ["merge", ...[plan.out, plan.shardsOut, ...end].map(literal), ...workWords(plan)];
  return {
    apiVersion: "batch/v1",
    kind: "Job",
    metadata: metaOf(plan, place, "merge", "merge"),
    spec: {
      backoffLimit: RETRIES,
      podReplacementPolicy: "Failed",
      podFailurePolicy: {
        rules: [
          { action: "Ignore", onPodConditions: [{ type: "DisruptionTarget", status: "True" }] },
          {
            action: "FailJob",
            onExitCodes: {
              containerName: "merge",
              operator: "In",
              values: [WRONG_USAGE, WITH_ERRORS],
            },
          },
        ],
      },
      ttlSecondsAfterFinished: KEPT_SECONDS,
      template: {
        metadata: { labels: labelsOf(plan, "merge") },
        spec: jobPod({ ...plan, flow: null, files: [], cache: null, models: null }, place, {
          name: "merge",
          args,
          resources: MERGE_RESOURCES,
          prepareWords: null,
          variables: [],
        }),
      },
    },
  };
}

function workWords({ inBucket }: KubernetesJobPlan): string[] {
  return inBucket ? ["--work", WORK_FOLDER] : [];
}
