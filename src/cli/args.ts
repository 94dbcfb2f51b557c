/** The command line: words -> what to do. */
import { ClipError } from "../errors.ts";
import { nearest } from "../flow/suggest.ts";
import type { Command } from "./commands/command.ts";
import { SERVE } from "./commands/serve.ts";
import { COMMANDS, findCommand } from "./commands/table.ts";
import { BUILT_IN_FLOWS, DEFAULT_FLOW, isFlow } from "./flow_source.ts";
import { readGiven } from "./words/given.ts";

/** What the command line says in place of the flow. */
export interface ServeOptions {
  /** The first port. */
  port?: number;
}

/** What the command line asks for. */
export type CommandLine =
  /** Serve a flow; `flow` is a path or a built-in name, for `resolveFlow`. */
  | { command: "serve"; flow: string } & ServeOptions
  /** Serve the flow on standard input, for `readFlowStream`. */
  | { command: "serve-stdin" } & ServeOptions
  /** Another command of the table; `args` are the words after its name. */
  | { command: "run"; name: string; args: string[] }
  | { command: "help" }
  | { command: "version" };

const MAX_PORT = 65_535;

/**
 * Parses the words after `main.ts`. A first word that is the name of no command is a flow; `help` and
 * `help COMMAND` are what `--help` is.
 *
 * @throws {ClipError} Of kind `config`, in one line, for a command line that means nothing; the
 * process then ends with `EXIT_USAGE`.
 */
export function parseCommandLine(args: readonly string[]): CommandLine {
  const [first, ...rest] = args;
  if (first === "help" && !isFlow(first)) return parseCommandLine([...rest, "--help"]);
  if (first === SERVE.name) return parseServe(rest);
  const command = first === undefined ? undefined : findCommand(first);
  if (command !== undefined) return { command: "run", name: command.name, args: rest };
  // With a dot or a slash in it, it is a path.
  if (first !== undefined && /^\w[\w-]*$/.test(first)) checkMeant(first);
  return parseServe(args);
}

function parseServe(args: readonly string[]): CommandLine {
  const given = readGiven(SERVE, args, usageError);
  const options: ServeOptions = {};
  const port = given.text("port");
  if (port !== undefined) options.port = readPort(port);
  if (given.on("help")) return { command: "help" };
  if (given.on("version")) return { command: "version" };
  const [flow, extra] = given.words;
  if (extra !== undefined) {
    throw usageError(`Only one flow can be served: got '${flow}', '${extra}'`);
  }
  if (!given.on("stdin")) return { command: "serve", flow: flow ?? DEFAULT_FLOW, ...options };
  if (flow !== undefined) {
    throw usageError(`'-i' reads the flow from standard input: got '${flow}' as well`);
  }
  return { command: "serve-stdin", ...options };
}

/** @throws {ClipError} "config" for a word that is nearly a command, and no flow. */
function checkMeant(word: string): void {
  const names = COMMANDS.map(({ name }: Command) => name);
  const near = nearest(word, [...names, ...BUILT_IN_FLOWS]);
  if (near === undefined || !names.includes(near) || isFlow(word)) return;
  throw usageError(`There is no command or flow '${word}'; did you mean '${near}'?`);
}

function readPort(text: string): number {
  if (/^\d{1,5}$/.test(text) && Number(text) <= MAX_PORT) return Number(text);
  throw usageError(`'--port' takes a number from 0 to ${MAX_PORT}: got '${text}'`);
}

function usageError(message: string): ClipError {
  return new ClipError("config", `${message}; see --help`, { name: "UsageError" });
}
