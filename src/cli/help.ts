/** What `--help` prints. */
import { environmentHelp, flowKeysHelp } from "../flow/reference.ts";
import { wrap } from "./model/text.ts";
import { SERVE } from "./commands/serve.ts";
import { COMMANDS, optionsOf } from "./commands/table.ts";
import { commandLine, entries, optionLines } from "./words/command_help.ts";
import { programName } from "./words/program_name.ts";

/** Columns of a line. */
const WIDTH = 100;

/** The help text, ending with a line break. */
export function helpText(): string {
  const program = programName();
  const others = COMMANDS.filter((command) => command !== SERVE);
  return `${SERVE.body}

Usage: ${program} [serve] [FLOW] [--port N]
       ${program} -i [--port N] < FLOW
       ${program} COMMAND ...

${entries(SERVE.words.doc).join("\n")}

${optionLines(optionsOf(SERVE)).join("\n")}

Commands (\`${program} COMMAND --help\` says more):
${others.map(commandLine).join("\n")}

${SERVE.examples.map(({ line, says }) => `Example: ${says}\n  ${program} ${line}`).join("\n")}

${wrap(`Exit codes: ${SERVE.exitCodes}`, WIDTH)}

Keys of a flow, with defaults in brackets (docs/flow.md has all of it):
${flowKeysHelp()}

Environment variables:
${environmentHelp()}
`;
}
