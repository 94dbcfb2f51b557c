/** The command line: words -> what to do. */
import { parseArgs } from "node:util";
import { ClipError } from "../errors.ts";
import { DEFAULT_FLOW } from "./flow_source.ts";
import { didYouMean } from "../flow/suggest.ts";

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
  /** Handle models; `args` are the words after `model`. */
  | { command: "model"; args: string[] }
  | { command: "help" }
  | { command: "version" };

const MAX_PORT = 65_535;

const OPTIONS = {
  stdin: { type: "boolean", short: "i" },
  help: { type: "boolean", short: "h" },
  port: { type: "string" },
  version: { type: "boolean", short: "V" },
} as const;

/**
 * Parses the words after `main.ts`.
 *
 * @throws {ClipError} Of kind `config`, in one line, for a command line that means nothing; the
 * process then ends with `EXIT_USAGE`.
 */
export function parseCommandLine(args: readonly string[]): CommandLine {
  if (args[0] === "model") return { command: "model", args: args.slice(1) };
  const { tokens } = parseArgs({
    args: [...args],
    options: OPTIONS,
    allowPositionals: true,
    strict: false,
    tokens: true,
  });
  const flows: string[] = [];
  const given = new Set<string>();
  const options: ServeOptions = {};
  for (const token of tokens) {
    if (token.kind === "positional") flows.push(token.value);
    if (token.kind !== "option") continue;
    if (!Object.hasOwn(OPTIONS, token.name)) {
      const near = didYouMean(token.name, Object.keys(OPTIONS)).replace("'", "'--");
      throw usageError(`There is no option '${token.rawName}'${near}`);
    }
    if (token.name === "port") {
      options.port = readPort(token.value);
      continue;
    }
    if (token.value !== undefined) throw usageError(`'${token.rawName}' takes no value`);
    given.add(token.name);
  }
  if (given.has("help")) return { command: "help" };
  if (given.has("version")) return { command: "version" };
  const [flow, extra] = flows;
  if (extra !== undefined) {
    throw usageError(`Only one flow can be served: got '${flow}', '${extra}'`);
  }
  if (!given.has("stdin")) return { command: "serve", flow: flow ?? DEFAULT_FLOW, ...options };
  if (flow !== undefined) {
    throw usageError(`'-i' reads the flow from standard input: got '${flow}' as well`);
  }
  return { command: "serve-stdin", ...options };
}

function readPort(text: string | undefined): number {
  if (text !== undefined && /^\d{1,5}$/.test(text) && Number(text) <= MAX_PORT) return Number(text);
  const got = text === undefined ? "nothing" : `'${text}'`;
  throw usageError(`'--port' takes a number from 0 to ${MAX_PORT}: got ${got}`);
}

function usageError(message: string): ClipError {
  return new ClipError("config", `${message}; see --help`, { name: "UsageError" });
}
