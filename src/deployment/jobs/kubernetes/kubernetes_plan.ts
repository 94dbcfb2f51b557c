/** What a job in Kubernetes is beside what every job is. */
import type { DeploymentPlan } from "../../plan.ts";
import type { JobPlan } from "../job_plan.ts";

/** A volume that somebody made, with inputs or for outputs. */
export interface DataClaim {
  claim: string;
  /** Where the job sees it. */
  path: string;
}

/** A job in Kubernetes. */
export interface KubernetesJobPlan extends JobPlan {
  image: string;
  /** The flow whose executor embeds, if one was named. */
  flow: DeploymentPlan["flow"] | null;
  files: DeploymentPlan["files"];
  variables: DeploymentPlan["variables"];
  variableSecrets: DeploymentPlan["variableSecrets"];
  /** Where the model is kept; none where servers embed. */
  cache: DeploymentPlan["cache"] | null;
  models: DeploymentPlan["models"];
  /** The words of the command that gets and converts the model, before the job begins. */
  prepareWords: readonly string[] | null;
  claims: readonly DataClaim[];
  /** A service account that is there, which a cloud knows: workload identity. */
  serviceAccount: string | null;
}

/** Of the image, what its user may write to: its entry point says so. */
export const WRITABLE_FOLDERS = ["/workspace", "/cache", "/tmp"];

/** Where the part being written lies of what goes to a bucket. */
export const WORK_FOLDER = "/workspace/work";
