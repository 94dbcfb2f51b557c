/** A Flow YAML -> a typed, checked {@linkcode FlowConfig}, or one error with all that is wrong. */
import { placesOf } from "./places.ts";
import { dirname, resolve } from "node:path";
import type { FlowConfig } from "./config.ts";
import type { KnownModel } from "./executor.ts";
import { readExecutors } from "./executors.ts";
import { readGateway } from "./gateway.ts";
import { FlowError, Report } from "./problem.ts";
import { type ReadContext, readSection } from "./read_section.ts";
import { FLOW } from "./section.ts";
import { type Environment, substituteVariables } from "./substitute.ts";
import { tracingOf } from "./tracing.ts";
import { MAX_FLOW_BYTES, parseYamlTree } from "./yaml_tree.ts";

/** Where indexes are kept if neither the flow nor the environment says, as in Jina's own flows. */
const DEFAULT_WORKSPACE = "./workspace";

/** Where a flow comes from: a file, or a text and the name to call it in messages. */
export type FlowSource = { path: string } | { text: string; name: string };

/** What {@linkcode loadFlow} asks of the outside. */
export interface LoadOptions {
  /** Checks `uses.with.name` of an encoder without `model_path`. Without it any name is taken. */
  knownModel?: KnownModel;
  /** The working directory; by default the process's. */
  cwd?: string;
  /** Whether the flow is for another machine: files that cannot be seen here are no fault then. */
  elsewhere?: boolean;
}

/**
 * Reads a flow in the format of Jina and clip_server.
 *
 * Paths in it are relative to the flow's folder if they are there, else to the working directory.
 *
 * @param source The file, or its text.
 * @param env The process environment: for `${{ ENV.NAME }}`, for `~` in paths, and for
 * `CLIPLINE_WORKSPACE`.
 * @throws {FlowError} With everything that is wrong, in the order of the file.
 */
export function loadFlow(
  source: FlowSource,
  env: Environment,
  options: LoadOptions = {},
): FlowConfig {
  const name = "path" in source ? source.path : source.name;
  const cwd = options.cwd ?? Deno.cwd();
  const text = flowText(source, cwd);
  const report = new Report(name);
  const tree = parseYamlTree(text, report);
  if (tree === undefined) throw new FlowError(report.problems);
  substituteVariables(tree, env, report);
  const folder = "path" in source ? dirname(resolve(cwd, source.path)) : undefined;
  const paths = { folder, cwd, home: env["HOME"], elsewhere: options.elsewhere ?? false };
  const context: ReadContext = { report, paths };
  const flow = readSection(tree, FLOW, tree.at, context);
  const gateway = readGateway(
    flow.nodes.get("with"),
    flow.nodes.get("gateway"),
    tree.at,
    context,
  );
  const { executors, indexers } = readExecutors(
    flow.nodes.get("executors"),
    tree.at,
    {
      ...context,
      knownModel: options.knownModel ?? (() => ({ ok: true })),
      monitoring: gateway.monitoring,
      workspace: flow.values.workspace,
      defaultWorkspace: env["CLIPLINE_WORKSPACE"] || DEFAULT_WORKSPACE,
      file: name,
    },
  );
  report.throwIfAny();
  const places = placesOf(name, [flow.nodes.get("with"), flow.nodes.get("gateway")]);
  const tracing = tracingOf(gateway, [...executors, ...indexers]);
  return { gateway, executors, indexers, tracing, warnings: report.warnings, places };
}

/** A flow as it is written. @throws {FlowError} if the file cannot be read. */
export function flowText(source: FlowSource, cwd: string = Deno.cwd()): string {
  return "path" in source ? readFlowFile(source.path, cwd) : source.text;
}

/** Reads the file, with an error that says what to do instead of the system's. */
function readFlowFile(path: string, cwd: string): string {
  const refuse = (message: string) =>
    new FlowError([{ file: path, line: 0, column: 0, key: "", message }]);
  let bytes: Uint8Array;
  try {
    const file = resolve(cwd, path);
    const info = Deno.statSync(file);
    if (info.isDirectory) throw refuse("is a directory; expected a Flow YAML file");
    if (info.size > MAX_FLOW_BYTES) {
      throw refuse(`has ${info.size} bytes; expected a Flow YAML of at most ${MAX_FLOW_BYTES}`);
    }
    bytes = Deno.readFileSync(file);
  } catch (thrown) {
    if (thrown instanceof FlowError) throw thrown;
    if (thrown instanceof Deno.errors.NotFound) {
      throw refuse("there is no such file; expected a Flow YAML file or a built-in flow's name");
    }
    const reason = thrown instanceof Error ? thrown.message : String(thrown);
    throw refuse(`cannot be read (${reason}); expected a Flow YAML file`);
  }
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw refuse("is not text in UTF-8; expected a Flow YAML file in UTF-8");
  }
}
