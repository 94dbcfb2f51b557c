/** A command below another one, as `list` is below `model`. */
import { didYouMean } from "../../flow/suggest.ts";
import type { Command } from "../commands/command.ts";
import { EXIT_OK, EXIT_USAGE } from "../exit_code.ts";
import type { Console } from "../model/console.ts";
import { commandHelp } from "./command_help.ts";
import { type Given, readGiven, usageFault } from "./given.ts";

/** What the words after a command ask for: one below it, or nothing more, with an exit code. */
export type Below = { command: Command; given: Given } | { exitCode: number };

/**
 * Finds the command that is meant and reads its words; prints help where that is asked for.
 * @param help all of the parent's
 * @throws {ClipError} "config" for words that mean nothing.
 */
export function commandBelow(
  parent: Command,
  args: readonly string[],
  console: Console,
  { help, program }: { help: () => string; program: string },
): Below {
  const [word, ...rest] = args;
  if (word === undefined) {
    console.err(help());
    return { exitCode: EXIT_USAGE };
  }
  if (word === "--help" || word === "-h" || word === "help") {
    console.out(help());
    return { exitCode: EXIT_OK };
  }
  const commands = parent.commands ?? [];
  const command = commands.find(({ name }) => name === word);
  if (command === undefined) {
    const names = commands.map(({ name }) => name);
    throw usageFault(parent.name)(
      `There is no command "${word}"; choose one of ${names.join(", ")}${didYouMean(word, names)}`,
    );
  }
  const path = `${parent.name} ${word}`;
  const given = readGiven(command, rest, usageFault(path));
  if (given.on("help")) {
    console.out(commandHelp(command, path, program));
    return { exitCode: EXIT_OK };
  }
  given.checkWords(command);
  return { command, given };
}
