/** A job as a Slurm array, a job that joins what it wrote, and the script that submits both. */
import { shellWord } from "../../shell_word.ts";
import { type JobPlan, MERGE_RESOURCES, shardWords } from "../job_plan.ts";
import { batchHeader } from "./batch_header.ts";
import { command } from "./command.ts";

/** How Slurm runs a job. */
export interface SlurmOptions {
  /** The words that start the program on the nodes. */
  program: readonly string[];
  /** The folder of the scripts, absolute, with `logs` in it. */
  folder: string;
  /** More options of sbatch, of both jobs. */
  options: readonly string[];
}

/** The files, by name. */
export interface SlurmScripts {
  "encode.sbatch": string;
  "merge.sbatch": string;
  "submit.sh": string;
}

/** Seconds before a time limit in which what is under way is finished and noted. */
const LIMIT_SECONDS = 120;

/** How often a task queues itself again, if it fails. */
const RETRIES = 6;

const INDEX = "SLURM_ARRAY_TASK_ID";

/** Writes them. */
export function slurmScripts(plan: JobPlan, options: SlurmOptions): SlurmScripts {
  return {
    "encode.sbatch": encodeScript(plan, options),
    "merge.sbatch": mergeScript(plan, options),
    "submit.sh": SUBMIT,
  };
}

/** Where the part being written lies: the node's own disk, for this task whenever it runs there. */
function workFolder(name: string): string {
  return `work=\${SLURM_TMPDIR:-\${TMPDIR:-/tmp}}/${name}\n\n`;
}

function encodeScript(plan: JobPlan, { program, folder, options }: SlurmOptions): string {
  const { name, shards, parallel, inBucket } = plan;
  const header = batchHeader({
    name: `${name}-encode`,
    logs: `${folder}/logs`,
    resources: plan.resources,
    array: `0-${shards - 1}${parallel < shards ? `%${parallel}` : ""}`,
    options: [`--signal=B:USR1@${LIMIT_SECONDS}`, ...options],
  });
  const words = [
    ...[...program, "encode", ...plan.encodeWords, ...plan.endWords].map(shellWord),
    ...shardWords(plan, INDEX),
    "--out",
    `${shellWord(plan.shardsOut)}/"$${INDEX}"`,
    ...(inBucket ? ["--work", '"$work"'] : []),
  ];
  return `${header}
#
# A share of the rows for each task of the array. One that is preempted or loses its node is queued
# again by Slurm and goes on where it was. Near the end of its time it stops in good order and queues
# itself again, as one does that failed or was killed. scancel ends it for good; submitted anew it
# goes on too.
set -u

${
    inBucket
      ? workFolder(`${name}-$SLURM_ARRAY_JOB_ID-$${INDEX}`)
      : ""
  }encode='' again=no interrupted=no
trap 'again=yes interrupted=yes; kill -TERM "$encode" 2>/dev/null || true' USR1
trap 'interrupted=yes; kill -TERM "$encode" 2>/dev/null || true' TERM INT

${command(words)} &
encode=$!

# A signal ends \`wait\` early, and the program has not ended then.
code=1
while true; do
  wait "$encode"
  ended=$?
  if [ "$ended" -ne 127 ]; then code=$ended; fi
  if [ "$interrupted" = no ] || [ "$ended" -eq 127 ]; then break; fi
  interrupted=no
done
case $code in
  # Done (with errors or without), or wrong words; and ended for good, unless time was up.
  0 | 2 | 3) again=no ;;
  143) ;;
  # Failed or killed, for want of memory perhaps.
  *) if [ "\${SLURM_RESTART_COUNT:-0}" -lt ${RETRIES} ]; then again=yes; fi ;;
esac
# By its number in the array: SLURM_JOB_ID of the last task means all of them.
if [ "$again" = yes ]; then scontrol requeue "\${SLURM_ARRAY_JOB_ID}_$${INDEX}"; fi
exit "$code"
`;
}

function mergeScript(plan: JobPlan, { program, folder, options }: SlurmOptions): string {
  const { name, inBucket } = plan;
  const header = batchHeader({
    name: `${name}-merge`,
    logs: `${folder}/logs`,
    resources: MERGE_RESOURCES,
    options,
  });
  const words = [
    ...[...program, "merge", plan.out, plan.shardsOut, ...mergeEnd(plan)].map(shellWord),
    ...(inBucket ? ["--work", '"$work"'] : []),
  ];
  return `${header}
#
# Joins what the tasks of the array wrote. The shares can be removed when it is done.
set -eu

${inBucket ? workFolder(`${name}-$SLURM_JOB_ID`) : ""}exec ${command(words)}
`;
}

/** `merge` has no rows of its own that could fail. */
function mergeEnd({ endWords }: JobPlan): string[] {
  return endWords.filter((word) => word !== "--strict");
}

const SUBMIT = `#!/bin/bash
# Submits the array, and the merge that begins when all of its tasks have ended well.
set -euo pipefail
cd "$(dirname "$0")"

encode=$(sbatch --parsable encode.sbatch)
merge=$(sbatch --parsable --dependency="afterok:\${encode%%;*}" --kill-on-invalid-dep=yes merge.sbatch)
echo "encode: job \${encode%%;*}, merge: job \${merge%%;*}"
`;
