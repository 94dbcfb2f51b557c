/** Completion for zsh. */
import type { Command, Offered, Option } from "../commands/command.ts";
import { COMMANDS, optionsOf } from "../commands/table.ts";
import { flowNames, modelNames, offeredOf } from "./offered_names.ts";

/** The script. */
export function zshCompletion(): string {
  return `#compdef clipline
# Completion of clipline for zsh: put this file as _clipline into a folder of $fpath, or source it
# after compinit.
_clipline_models() {
  local -a models=(${modelNames().map(quoted).join(" ")})
  compadd -a models
}

_clipline_flows() {
  local -a flows=(${flowNames().map(quoted).join(" ")})
  compadd -a flows
  _files -g '*.y(a|)ml'
}

_clipline() {
  local -a commands=(${COMMANDS.map(described).join(" ")})
  if (( CURRENT == 2 )) && [[ $words[2] != -* ]]; then
    _describe -t commands command commands
    _clipline_flows
    return
  fi
  case $words[2] in
${COMMANDS.map(caseOf).join("\n")}
    *)
      _arguments -s ${argumentsOf(COMMANDS[0]!)} ;;
  esac
}

if [ "$funcstack[1]" = _clipline ]; then
  _clipline "$@"
else
  compdef _clipline clipline
fi
`;
}

function caseOf(command: Command): string {
  const { name, commands } = command;
  if (commands === undefined) {
    return `    ${name})
      shift words; (( CURRENT-- ))
      _arguments -s ${argumentsOf(command)} ;;`;
  }
  return `    ${name})
      shift words; (( CURRENT-- ))
      if (( CURRENT == 2 )); then
        local -a below=(${commands.map(described).join(" ")})
        _describe -t commands command below
        return
      fi
      case $words[2] in
${
    commands.map((below) =>
      `        ${below.name})
          shift words; (( CURRENT-- ))
          _arguments -s ${argumentsOf(below)} ;;`
    ).join("\n")
  }
      esac ;;`;
}

function described({ name, summary }: Command): string {
  return quoted(`${name}:${summary}`);
}

/** What \`_arguments\` is told. */
function argumentsOf(command: Command): string {
  const words = command.words.offered;
  return [
    ...optionsOf(command).flatMap(optionSpecs),
    ...(words === "nothing" ? [] : [quoted(`*:${command.words.called}:${action(words)}`)]),
  ].join(" ");
}

function optionSpecs(option: Option): string[] {
  const { name, short, value, repeatable, doc } = option;
  const told = doc.replace(/[[\]:\\]/g, "\\$&");
  const takes = value === undefined ? "" : `:${value}:${action(offeredOf(option))}`;
  const spellings = [`--${name}`, ...(short === undefined ? [] : [`-${short}`])];
  const others = repeatable ? "*" : `(${spellings.join(" ")})`;
  return spellings.map((spelling) => quoted(`${others}${spelling}[${told}]${takes}`));
}

function action(offered: Offered): string {
  switch (offered) {
    case "nothing":
      return " ";
    case "path":
      return "_files";
    case "folder":
      return "_files -/";
    case "flow":
      return "_clipline_flows";
    case "model":
      return "_clipline_models";
    default:
      return `(${offered.join(" ")})`;
  }
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
