/** The command line: a flow in, a server up, or another command; exit codes. */
import { parseCommandLine } from "./src/cli/args.ts";
import { EXIT_OK, EXIT_PIPE_CLOSED, EXIT_START_FAILED, EXIT_USAGE } from "./src/cli/exit_code.ts";
import { readFlowStream, resolveFlow, WAITING_FOR_FLOW } from "./src/cli/flow_source.ts";
import { helpText } from "./src/cli/help.ts";
import { runCommand } from "./src/cli/run_command.ts";
import { serve } from "./src/cli/serve.ts";
import { isJsonFormat, logFromEnv } from "./src/telemetry/log.ts";
import { ClipError } from "./src/errors.ts";
import { VERSION } from "./src/version.ts";

/** Does what the words ask for; the exit code. */
async function main(args: readonly string[]): Promise<number> {
  const command = parseCommandLine(args);
  switch (command.command) {
    case "help":
      print(helpText());
      return EXIT_OK;
    case "version":
      print(`${VERSION}\n`);
      return EXIT_OK;
    case "run":
      return await runCommand(command.name, command.args);
    case "serve":
      return await serve({ path: resolveFlow(command.flow) }, command);
    case "serve-stdin":
      if (Deno.stdin.isTerminal()) tell(WAITING_FOR_FLOW);
      return await serve(await readFlowStream(Deno.stdin.readable), command);
  }
}

function print(text: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(text));
}

function tell(text: string): void {
  Deno.stderr.writeSync(new TextEncoder().encode(`${text}\n`));
}

/** Nobody is shown a stack trace for what is not the program's own fault. */
function explain(thrown: unknown): number {
  // As of `| head`: whoever reads along has seen enough.
  if (thrown instanceof Deno.errors.BrokenPipe) return EXIT_PIPE_CLOSED;
  const error = ClipError.wrap(thrown, "model");
  const own = !(thrown instanceof ClipError) && thrown instanceof Error;
  // Of the system's refusals (a file, a port) the sentence says all.
  const system = typeof (thrown as { code?: unknown } | null)?.code === "string";
  const text = own && !system ? thrown.stack ?? thrown.message : error.message;
  if (isJsonFormat(Deno.env.get("LOG_FORMAT"))) {
    const log = logFromEnv("clipline", Deno.env.toObject());
    // What is wrong with a flow has a line for each fault.
    for (const line of own ? [text] : text.split("\n")) log.critical(line);
  } else tell(text);
  return error.kind === "config" ? EXIT_USAGE : EXIT_START_FAILED;
}

Deno.exit(await main(Deno.args).catch(explain));
