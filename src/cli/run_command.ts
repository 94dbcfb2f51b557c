/** Runs a command of the table that is not `serve`. */
import type { Command } from "./commands/command.ts";
import { findCommand } from "./commands/table.ts";
import { printCompletion } from "./completion/print.ts";
import { EXIT_OK } from "./exit_code.ts";
import { runExportCommand } from "./export/run.ts";
import { encode } from "./jobs/encode.ts";
import { index } from "./jobs/index.ts";
import { merge } from "./jobs/merge.ts";
import { runModelCommand } from "./model.ts";
import { type Console, processConsole } from "./model/console.ts";
import { rank } from "./queries/rank.ts";
import { search } from "./queries/search.ts";
import { commandHelp } from "./words/command_help.ts";
import { type Given, readGiven, usageFault } from "./words/given.ts";
import { programName } from "./words/program_name.ts";

type Run = (given: Given, console: Console) => Promise<number>;

const RUNS: Readonly<Record<string, Run>> = {
  encode,
  merge,
  rank,
  index,
  search,
  completion: printCompletion,
};

/**
 * Runs it; the exit code.
 * @param name of the table.
 * @throws {ClipError} with the reason; "config" for words that mean nothing.
 */
export async function runCommand(
  name: string,
  args: readonly string[],
  console: Console = processConsole(),
): Promise<number> {
  if (name === "model") return await runModelCommand(args, console);
  if (name === "export") return await runExportCommand(args, console);
  const run = RUNS[name]!;
  const command: Command = findCommand(name)!;
  const given = readGiven(command, args, usageFault(name));
  if (given.on("help")) {
    console.out(commandHelp(command, name, programName()));
    return EXIT_OK;
  }
  given.checkWords(command);
  return await run(given, console);
}
