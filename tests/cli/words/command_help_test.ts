import assert from "node:assert/strict";
import { optionsOf } from "../../../src/cli/commands/table.ts";
import { allCommands } from "../../../src/cli/completion/offered_names.ts";
import { commandHelp } from "../../../src/cli/words/command_help.ts";

Deno.test("every command's help has its options and an example, in 80 columns but for examples", () => {
  for (const { path, command } of allCommands()) {
    const help = commandHelp(command, path, "clipline");
    assert.ok(help.startsWith(`Usage: clipline ${path}`), path);
    for (const { name } of optionsOf(command)) assert.ok(help.includes(`--${name}`), name);
    assert.ok(command.examples.length > 0, path);
    for (const line of help.split("\n")) {
      assert.ok(line.length <= 80 || line.startsWith("  clipline "), line);
    }
  }
});
