/** Everything that the command line knows. */
import { type Command, HELP, type Option } from "./command.ts";
import { COMPLETION } from "./completion.ts";
import { ENCODE, MERGE } from "./jobs.ts";
import { EXPORT } from "./export.ts";
import { MODEL } from "./model.ts";
import { INDEX, RANK, SEARCH } from "./queries.ts";
import { SERVE } from "./serve.ts";

/** All commands, in the order of the help. */
export const COMMANDS: readonly Command[] = [
  SERVE,
  ENCODE,
  MERGE,
  RANK,
  INDEX,
  SEARCH,
  MODEL,
  EXPORT,
  COMPLETION,
];

/** The command of a name. */
export function findCommand(name: string): Command | undefined {
  return COMMANDS.find((command) => command.name === name);
}

/** The options of a command, with those that all have. */
export function optionsOf(command: Command): readonly Option[] {
  return [...command.options, HELP];
}
