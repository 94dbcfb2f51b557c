/** `export job`. */
import {
  KUBERNETES_JOB_OPTIONS,
  SCHEDULERS,
  SLURM_JOB_OPTIONS,
} from "../../commands/export_job.ts";
import type { Console } from "../../model/console.ts";
import type { Given } from "../../words/given.ts";
import { exportKubernetesJob } from "./kubernetes.ts";
import { exportSlurmJob } from "./slurm.ts";

/** Runs it; the exit code. @throws {ClipError} "config" with the reason. */
export async function exportJob(given: Given, console: Console): Promise<number> {
  const [word = "", ...inputs] = given.words;
  const scheduler = SCHEDULERS.find((name) => name === word.toLowerCase());
  if (scheduler === undefined) {
    throw given.fault(
      `The first word is the scheduler, ${SCHEDULERS.join(" or ")}: received "${
        word.slice(0, 100)
      }"`,
    );
  }
  const out = given.text("out");
  if (out === undefined) throw given.fault("Say where to: --out s3://BUCKET/PREFIX, or a folder");
  const to = given.text("to");
  if (to === undefined) throw given.fault("Say which folder is to be written: --to DIR");
  if (inputs.includes("-")) throw given.fault("Standard input is no input of many machines");
  const others = scheduler === "slurm" ? KUBERNETES_JOB_OPTIONS : SLURM_JOB_OPTIONS;
  const other = others.find(({ name }) => given.text(name) !== undefined);
  if (other !== undefined) throw given.fault(`--${other.name} is not for ${scheduler}`);
  const job = { given, inputs, out, to };
  return scheduler === "slurm"
    ? exportSlurmJob(job, console)
    : await exportKubernetesJob(job, console);
}
