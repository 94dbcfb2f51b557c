/** What `COMMAND --help` prints, out of the table. */
import { wrap } from "../model/text.ts";
import type { Command, Option } from "../commands/command.ts";
import { optionsOf } from "../commands/table.ts";

/** Columns of a line. */
const WIDTH = 80;
/** Where the texts of options begin. */
const INDENT = 21;

/** The exit codes of most. */
const EXIT_CODES = "0 done, 1 failed, 2 wrong usage.";

/**
 * @param path the command's words, as `model list`.
 * @param program what stands before them.
 */
export function commandHelp(command: Command, path: string, program: string): string {
  const { words, body, examples, commands = [] } = command;
  const usage = [`Usage: ${program} ${path}`, words.usage, "[options]"].filter((part) =>
    part !== ""
  );
  return [
    usage.join(" "),
    "",
    wrap(body, WIDTH),
    ...(commands.length > 0 ? ["", ...commands.map(commandLine)] : []),
    ...(words.doc.length > 0 ? ["", ...entries(words.doc)] : []),
    "",
    ...optionLines(optionsOf(command)),
    "",
    ...examples.flatMap(({ line, says }) => [`Example: ${says}`, `  ${program} ${line}`]),
    "",
    wrap(`Exit codes: ${command.exitCodes ?? EXIT_CODES}`, WIDTH),
  ].join("\n");
}

/** `  encode INPUT...   embed folders …`. */
export function commandLine({ name, words, summary }: Command): string {
  const usage = `${name} ${words.usage}`.trim();
  return `  ${usage.padEnd(26)} ${summary}`;
}

/** A line for each option, or several. */
export function optionLines(options: readonly Option[]): string[] {
  return entries(options.map(({ name, short, value, doc }) => [
    `${short === undefined ? "    " : `-${short}, `}--${name}${
      value === undefined ? "" : ` ${value}`
    }`,
    doc,
  ]));
}

/** Names and texts below each other. */
export function entries(
  pairs: readonly (readonly [name: string, text: string])[],
  width = WIDTH,
): string[] {
  return pairs.flatMap(([name, text]) => {
    const lines = wrap(text, width - INDENT).split("\n").map((line) => " ".repeat(INDENT) + line);
    const head = `  ${name}`;
    // A long name has a line of its own.
    if (head.length + 2 > INDENT) return [head, ...lines];
    return [head.padEnd(INDENT) + lines[0]!.slice(INDENT), ...lines.slice(1)];
  });
}
