/** `export …` on the command line. */
import { EXPORT } from "../commands/export.ts";
import type { Console } from "../model/console.ts";
import { commandBelow } from "../words/command_below.ts";
import { commandHelp } from "../words/command_help.ts";
import type { Given } from "../words/given.ts";
import { programName } from "../words/program_name.ts";
import { exportCompose } from "./docker_compose.ts";
import { exportHelm } from "./helm.ts";
import { exportJob } from "./job/job.ts";
import { exportKubernetes } from "./kubernetes.ts";

type Run = (given: Given, console: Console) => Promise<number>;

const RUNS: Readonly<Record<string, Run>> = {
  kubernetes: exportKubernetes,
  "docker-compose": exportCompose,
  helm: exportHelm,
  job: exportJob,
};

/**
 * Runs an `export` command; the exit code.
 * @throws {ClipError} "config" for words that mean nothing, and flows that cannot be deployed so.
 */
export async function runExportCommand(
  args: readonly string[],
  console: Console,
): Promise<number> {
  const program = programName();
  const help = () => commandHelp(EXPORT, EXPORT.name, program);
  const below = commandBelow(EXPORT, args, console, { help, program });
  return "exitCode" in below
    ? below.exitCode
    : await RUNS[below.command.name]!(below.given, console);
}
