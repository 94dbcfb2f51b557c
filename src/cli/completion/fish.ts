/** Completion for fish, from 3.0 on. */
import type { Command, Offered, Option } from "../commands/command.ts";
import { COMMANDS, optionsOf } from "../commands/table.ts";
import { flowNames, modelNames, offeredOf } from "./offered_names.ts";

/** The script. */
export function fishCompletion(): string {
  const names = COMMANDS.map(({ name }) => name).join(" ");
  const lines = COMMANDS.flatMap((command) => {
    const { name, summary, commands } = command;
    const offered = `complete -c clipline -n __clipline_first -a ${name} -d ${quoted(summary)}`;
    if (commands === undefined) {
      const inside = name === "serve"
        ? "__clipline_in serve; or __clipline_first"
        : `__clipline_in ${name}`;
      return [offered, ...linesOf(command, inside)];
    }
    const first = `__clipline_in ${name}; and not __clipline_below ${name}`;
    return [
      offered,
      ...commands.flatMap((below) => [
        `complete -c clipline -n ${quoted(first)} -a ${below.name} -d ${quoted(below.summary)}`,
        ...linesOf(below, `__clipline_below ${name} ${below.name}`),
      ]),
    ];
  });
  return `# Completion of clipline for fish: put this file into ~/.config/fish/completions/clipline.fish
set -g __clipline_models ${modelNames().map(quoted).join(" ")}
set -g __clipline_flows ${flowNames().map(quoted).join(" ")}

# The first word is being typed: a command or a flow.
function __clipline_first
    test (count (commandline -opc)) -eq 1
end

# The command is this one; nothing typed before an option is serve's.
function __clipline_in
    set -l words (commandline -opc)
    test (count $words) -ge 2; or return 1
    if test $argv[1] = serve; and not contains -- $words[2] ${names}
        return 0
    end
    test $words[2] = $argv[1]
end

# Something stands below the command, or just this.
function __clipline_below
    set -l words (commandline -opc)
    test (count $words) -ge 3; and test $words[2] = $argv[1]; or return 1
    test (count $argv) -eq 1; or test $words[3] = $argv[2]
end

complete -c clipline -f
${lines.join("\n")}
`;
}

function linesOf(command: Command, condition: string): string[] {
  const words = offers(command.words.offered);
  return [
    ...(words === "" ? [] : [`complete -c clipline -n ${quoted(condition)} ${words}`]),
    ...optionsOf(command).map((option) => optionLine(option, condition)),
  ];
}

function optionLine(option: Option, condition: string): string {
  const { name, short, value, doc } = option;
  const offered = value === undefined
    ? ""
    : ` -x ${offers(offeredOf(option))}`.replace(" -x -F", " -r -F");
  return `complete -c clipline -n ${quoted(condition)} -l ${name}${
    short === undefined ? "" : ` -s ${short}`
  }${offered.trimEnd()} -d ${quoted(doc)}`;
}

function offers(offered: Offered): string {
  switch (offered) {
    case "nothing":
      return "";
    case "path":
      return "-F";
    case "folder":
      return `-a '(__fish_complete_directories)'`;
    case "flow":
      return "-F -a '$__clipline_flows'";
    case "model":
      return "-a '$__clipline_models'";
    default:
      return `-a ${quoted(offered.join(" "))}`;
  }
}

/** In fish's single quotes a backslash and a quote are escaped. */
function quoted(text: string): string {
  return `'${text.replace(/[\\']/g, "\\$&")}'`;
}
