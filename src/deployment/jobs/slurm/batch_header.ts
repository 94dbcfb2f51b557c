/** The lines at the head of a batch script that Slurm reads (sbatch(1), Slurm 22.05). */
import type { PlannedResources } from "../../plan.ts";

const MIB = 2 ** 20;

/** What the head says. */
export interface BatchHeader {
  name: string;
  /** A folder that is there, absolute; without quotes, backslashes and line ends. */
  logs: string;
  resources: PlannedResources;
  /** The numbers of an array, as `0-15%4`. */
  array?: string;
  /** Words for `#SBATCH` lines of the user's own. */
  options: readonly string[];
}

/** The head, from `#!` on. */
export function batchHeader({ name, logs, resources, array, options }: BatchHeader): string {
  const { cpu, memoryBytes, gpus } = resources;
  return [
    "#!/bin/bash",
    ...[
      `--job-name=${name}`,
      ...(array === undefined ? [] : [`--array=${array}`]),
      // In quotes, which Slurm reads: there may be spaces in it. What it puts in begins with a percent.
      `--output="${logs.replaceAll("%", "%%")}/${array === undefined ? "%x-%j" : "%x-%A_%a"}.log"`,
      "--open-mode=append",
      "--ntasks=1",
      `--cpus-per-task=${Math.ceil(cpu.limit ?? cpu.request)}`,
      `--mem=${Math.ceil(memoryBytes.limit / MIB)}M`,
      ...(gpus === 0 ? [] : [`--gres=gpu:${gpus}`]),
      // After a preemption or the loss of a node.
      "--requeue",
      ...options,
    ].map((option) => `#SBATCH ${option}`),
  ].join("\n");
}
