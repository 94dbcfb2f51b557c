/** Completion for bash, from 3.2 on; it needs no other package. */
import type { Command, Offered } from "../commands/command.ts";
import { COMMANDS, optionsOf } from "../commands/table.ts";
import { allCommands, flowNames, modelNames, offeredOf } from "./offered_names.ts";

/** The script. */
export function bashCompletion(): string {
  return `# Completion of clipline for bash: source this file, or put it into
# ~/.local/share/bash-completion/completions/clipline
_clipline_models='${modelNames().join(" ")}'
_clipline_flows='${flowNames().join(" ")}'

_clipline_offer() {
  case $1 in
    path) compopt -o filenames 2>/dev/null; COMPREPLY+=($(compgen -f -- "$cur")) ;;
    folder) compopt -o filenames 2>/dev/null; COMPREPLY+=($(compgen -d -- "$cur")) ;;
    flow)
      compopt -o filenames 2>/dev/null
      COMPREPLY+=($(compgen -W "$_clipline_flows" -- "$cur") $(compgen -f -- "$cur")) ;;
    model) COMPREPLY+=($(compgen -W "$_clipline_models" -- "$cur")) ;;
    *) COMPREPLY+=($(compgen -W "$1" -- "$cur")) ;;
  esac
}

_clipline() {
  local IFS=$' \\t\\n' line=\${COMP_LINE:0:COMP_POINT} cur prev command options valued= words colons
  # Names of models have colons, at which bash breaks words: the line is read anew.
  read -ra words <<< "$line"
  case $line in *[[:space:]]) words+=('') ;; esac
  local last=$((\${#words[@]} - 1))
  cur=\${words[last]} prev=\${words[last-1]} command=serve options=
  case $cur in --*=*) prev=\${cur%%=*} cur=\${cur#*=} ;; esac
  COMPREPLY=()
  if ((last >= 2)); then
    case \${words[1]} in
      ${COMMANDS.map(({ name }) => name).join("|")}) command=\${words[1]} ;;
    esac
    if ((last >= 3)); then
      case $command in ${withBelow().join("|")}) command="$command \${words[2]}" ;; esac
    fi
  fi
  if ((last == 1)); then _clipline_offer '${COMMANDS.map(({ name }) => name).join(" ")}'; fi
  local IFS=$'\\n'
  case $command in
${allCommands().map(({ path, command }) => caseOf(path, command)).join("\n")}
  esac
  case $valued:$cur in
    :-*) IFS=$' \\t\\n'; _clipline_offer "$options" ;;
  esac
  case $COMP_WORDBREAKS in
    *:*)
      colons=\${cur%"\${cur##*:}"}
      COMPREPLY=("\${COMPREPLY[@]#"$colons"}") ;;
  esac
}
complete -F _clipline clipline
`;
}

/** Commands that have others below them. */
function withBelow(): string[] {
  return COMMANDS.filter(({ commands }) => commands !== undefined).map(({ name }) => name);
}

function caseOf(path: string, command: Command): string {
  const options = optionsOf(command);
  const names = options.flatMap(({ name, short }) =>
    short ? [`--${name}`, `-${short}`] : [`--${name}`]
  );
  const values = options.filter(({ value }) => value !== undefined).map((option) => {
    const spellings = [`--${option.name}`, ...(option.short ? [`-${option.short}`] : [])];
    return `        ${spellings.join("|")}) ${offer(offeredOf(option))}valued=1 ;;`;
  });
  const below = command.commands?.map(({ name }) => name);
  return [
    `    '${path}')`,
    `      options='${names.join(" ")}'`,
    ...(values.length === 0 ? [] : ["      case $prev in", ...values, "      esac"]),
    `      case $valued:$cur in 1:*|:-*) ;; *) ${
      offer(below ?? command.words.offered) || ": "
    };; esac ;;`,
  ].join("\n");
}

/** Words are split at spaces, paths at line breaks only. */
function offer(offered: Offered): string {
  if (offered === "nothing") return "";
  if (typeof offered === "string") {
    const words = offered === "model" || offered === "flow";
    return `${words ? "IFS=$' \\t\\n'; " : ""}_clipline_offer ${offered}; `;
  }
  return `IFS=$' \\t\\n'; _clipline_offer '${offered.join(" ")}'; `;
}
