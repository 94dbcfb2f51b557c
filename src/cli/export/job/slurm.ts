/** A job for Slurm. */
import { join, resolve } from "node:path";
import { slurmScripts } from "../../../deployment/jobs/slurm/slurm_scripts.ts";
import { shellWord } from "../../../deployment/shell_word.ts";
import { isObjectAddress } from "../../../storage/object_address.ts";
import { EXIT_OK } from "../../exit_code.ts";
import { isFlow } from "../../flow_source.ts";
import type { Console } from "../../model/console.ts";
import type { Given } from "../../words/given.ts";
import { planOptions } from "../options.ts";
import { writeFiles } from "../written_files.ts";
import type { GivenJob } from "./given_job.ts";
import { DEFAULT_NAME, jobPlan } from "./job_plan.ts";

/** Arrays that Slurm takes if nobody has told it otherwise (slurm.conf, `MaxArraySize`). */
const USUAL_SHARDS = 1_000;

/** Writes its scripts; the exit code. @throws {ClipError} "config" with the reason. */
export function exportSlurmJob({ given, inputs, out, to }: GivenJob, console: Console): number {
  const { name = DEFAULT_NAME, ...sizes } = planOptions(given, console.env, "container");
  const on = {
    inputs: inputs.map(onAllNodes),
    out: onAllNodes(out),
    changed: Object.fromEntries(
      ["flow", "ca"].flatMap((option) => {
        const text = given.text(option);
        return text === undefined
          ? []
          : [[option, option === "flow" ? flowPath(text) : resolve(text)]];
      }),
    ),
  };
  const plan = jobPlan(given, on, name, sizes);
  const folder = resolve(to);
  // deno-lint-ignore no-control-regex -- a line end would end the option
  if (/["\\\x00-\x1f]/.test(folder)) {
    throw given.fault(
      `--to '${to.slice(0, 200)}': Slurm writes its logs there, and takes no folder with quotes, ` +
        "backslashes or line ends in its path",
    );
  }
  const scripts = slurmScripts(plan, {
    program: words(given.text("program") ?? "clipline"),
    folder,
    options: sbatchOptions(given),
  });
  const files = Object.entries(scripts)
    .map(([file, text]) => ({ file, text, secret: false, program: true }));
  writeFiles(to, files, { name, flow: "job" }, {
    overwrite: given.on("overwrite"),
    elsewhere: [],
  });
  Deno.mkdirSync(join(to, "logs"), { recursive: true });
  for (const note of plan.notes) console.err(`Note: ${note}`);
  if (plan.shards > USUAL_SHARDS) {
    console.err(
      `Note: Slurm takes arrays of up to ${USUAL_SHARDS} tasks unless its MaxArraySize says more.`,
    );
  }
  for (const { file } of files) console.out(join(to, file));
  console.out(`\nNext:\n  ${shellWord(join(to, "submit.sh"))}`);
  return EXIT_OK;
}

/** A path as all nodes have it: they share it. */
function onAllNodes(path: string): string {
  return isObjectAddress(path) ? path : resolve(path);
}

/** A built-in flow's name means the same everywhere. */
function flowPath(text: string): string {
  return /[./]/.test(text) && isFlow(text) ? resolve(text) : text;
}

function words(text: string): string[] {
  return text.split(/\s+/).filter((word) => word !== "");
}

/** @throws {ClipError} "config" for what would be a line of its own. */
function sbatchOptions(given: Given): string[] {
  return given.all("sbatch").map((text) => {
    if (/^--?[a-zA-Z][^\r\n]*$/.test(text)) return text;
    throw given.fault(
      `--sbatch takes an option of sbatch, as --sbatch=--partition=gpu: received "${
        text.slice(0, 100)
      }"`,
    );
  });
}
