/** Names that shells offer. */
import { CATALOG } from "../../model/catalog/catalog.ts";
import { BUILT_IN_FLOWS } from "../flow_source.ts";
import type { Command } from "../commands/command.ts";
import { COMMANDS } from "../commands/table.ts";

/** Models of the catalog, and the one that comes along. */
export function modelNames(): string[] {
  return ["demo", ...CATALOG.map(({ name }) => name)];
}

/** Built-in flows. */
export function flowNames(): readonly string[] {
  return BUILT_IN_FLOWS;
}

/** A command with the words that lead to it. */
export interface CommandPath {
  /** `model list`. */
  path: string;
  command: Command;
}

/** All commands, and those below them. */
export function allCommands(): CommandPath[] {
  return COMMANDS.flatMap((command) => [
    { path: command.name, command },
    ...(command.commands ?? []).map((below) => ({
      path: `${command.name} ${below.name}`,
      command: below,
    })),
  ]);
}

/** What is offered for an option's value. */
export function offeredOf(option: Command["options"][number]): Command["words"]["offered"] {
  return option.choices ?? option.offered ?? "nothing";
}
