/** `export job`: a long job for many machines. */
import type { Command, Option } from "./command.ts";
import { ENCODE } from "./jobs.ts";

/** Schedulers that jobs are written for. */
export const SCHEDULERS = ["kubernetes", "slurm"] as const;

/** What the schedulers' files say themselves, and what makes no sense on many machines. */
const OWN = new Set(["shard", "work", "overwrite", "json", "quiet", "api-key"]);

/** The options of `encode` that a job's command line has as they are given. */
export const JOB_ENCODE_OPTIONS: readonly Option[] = ENCODE.options.filter(({ name }) =>
  !OWN.has(name)
);

/** What only Kubernetes has. */
export const KUBERNETES_JOB_OPTIONS: readonly Option[] = [
  { name: "namespace", value: "NS", doc: "Kubernetes: the namespace of all objects" },
  {
    name: "container",
    value: "IMAGE",
    doc: "Kubernetes: the image, built by the Dockerfile; default clipline and this version",
  },
  {
    name: "claim",
    value: "CLAIM[=PATH]",
    repeatable: true,
    doc: "Kubernetes: a volume that is there, with inputs or for outputs, and where the job sees " +
      "it; default /workspace",
  },
  {
    name: "env",
    value: "NAME[=VALUE]",
    repeatable: true,
    doc: "Kubernetes: a variable, as AWS_REGION; without a value the one that it has here",
  },
  {
    name: "env-secret",
    value: "SECRET",
    repeatable: true,
    doc: "Kubernetes: a Secret that is there, whose keys become variables: AWS_ACCESS_KEY_ID, " +
      "CLIPLINE_API_KEY",
  },
  {
    name: "service-account",
    value: "NAME",
    doc: "Kubernetes: one that is there and may use the bucket (IRSA, workload identity)",
  },
  {
    name: "models-claim",
    value: "CLAIM",
    doc: "Kubernetes: a volume with models of your own, mounted at /models",
  },
  {
    name: "cache-claim",
    value: "CLAIM",
    doc: "Kubernetes: a volume that all pods share for weights; default one for each pod",
  },
  {
    name: "image-pull-secret",
    value: "SECRET",
    repeatable: true,
    doc: "Kubernetes: a Secret with which the image is pulled",
  },
];

/** What only Slurm has. */
export const SLURM_JOB_OPTIONS: readonly Option[] = [
  {
    name: "program",
    value: "WORDS",
    doc: "Slurm: what starts the program on the nodes; default clipline",
  },
  {
    name: "sbatch",
    value: "OPTION",
    repeatable: true,
    doc: "Slurm: one more option of both jobs, as --sbatch=--partition=gpu",
  },
];

const JOB_OPTIONS: readonly Option[] = [
  { name: "to", value: "DIR", offered: "folder", doc: "the folder that is written" },
  { name: "shards", value: "N", doc: "into how many shares the rows are divided" },
  { name: "parallel", value: "N", doc: "how many run at a time; default all, at most 16" },
  { name: "name", value: "NAME", doc: "what all of it is named after; default clipline-job" },
  { name: "gpus", value: "N", doc: "GPUs of each share; default what device or flow say" },
  { name: "cpu", value: "CORES", doc: "cores of each share; default 2, 4 with GPUs" },
  {
    name: "memory",
    value: "SIZE",
    doc: "the most memory of each share, as 4Gi; default what the model comes to",
  },
  ...KUBERNETES_JOB_OPTIONS,
  ...SLURM_JOB_OPTIONS,
  { name: "overwrite", doc: "replace files that export did not write" },
];

/** `export job kubernetes|slurm INPUT... --out DIR --shards N --to DIR`. */
export const EXPORT_JOB: Command = {
  name: "job",
  summary: "an encode for many machines: Kubernetes, Slurm",
  body:
    "Writes what makes a scheduler run the shares of an `encode`, some at a time: an Indexed Job " +
    "of Kubernetes, or an array of Slurm, with what joins them behind it. A share that is killed, " +
    "preempted or evicted goes on where it was. Inputs and outputs are s3:// or on volumes that " +
    "all machines see; beside --out PREFIX the shares are in PREFIX-shards.",
  words: {
    usage: `${SCHEDULERS.join("|")} INPUT...`,
    least: 2,
    most: Infinity,
    called: "scheduler or input",
    offered: SCHEDULERS,
    doc: ENCODE.words.doc,
  },
  options: [...JOB_OPTIONS, ...JOB_ENCODE_OPTIONS],
  examples: [
    {
      line: "export job kubernetes 's3://photos/2026/*.tar' --out s3://photos/embedded " +
        "--model demo --shards 64 --to job --env-secret s3-keys",
      says: "tar files in a bucket, by 16 pods at a time",
    },
    {
      line: "export job slurm photos --out embedded --model demo --shards 8 --to array " +
        "--sbatch=--partition=gpu",
      says: "a folder that all nodes see",
    },
  ],
  exitCodes: "0 done; 1 failed; 2 wrong usage, or a job that cannot be run so.",
};
