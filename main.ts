/** The command line: a flow in, a server up, signals, exit codes. */
import { parseCommandLine } from "./src/cli/args.ts";
import { EXIT_OK, EXIT_START_FAILED, EXIT_USAGE } from "./src/cli/exit_code.ts";
import { readFlowStream, resolveFlow } from "./src/cli/flow_source.ts";
import { helpText } from "./src/cli/help.ts";
import { runModelCommand } from "./src/cli/model.ts";
import { serve } from "./src/cli/serve.ts";
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
    case "model":
      return await runModelCommand(command.args);
    case "serve":
      return await serve({ path: resolveFlow(command.flow) });
    case "serve-stdin":
      return await serve(await readFlowStream(Deno.stdin.readable));
  }
}

function print(text: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(text));
}

/** Nobody is shown a stack trace for what is not the program's own fault. */
function explain(thrown: unknown): number {
  const error = ClipError.wrap(thrown, "model");
  const own = !(thrown instanceof ClipError) && thrown instanceof Error;
  // Of the system's refusals (a file, a port) the sentence says all.
  const system = typeof (thrown as { code?: unknown } | null)?.code === "string";
  const text = own && !system ? thrown.stack ?? thrown.message : error.message;
  Deno.stderr.writeSync(new TextEncoder().encode(`${text}\n`));
  return error.kind === "config" ? EXIT_USAGE : EXIT_START_FAILED;
}

Deno.exit(await main(Deno.args).catch(explain));
