/** What `--help` prints. */
import { environmentHelp, flowKeysHelp } from "../flow/reference.ts";
import { BUILT_IN_FLOWS, DEFAULT_FLOW } from "./flow_source.ts";

/** The help text, ending with a line break. */
export function helpText(): string {
  return `Serves CLIP embeddings of texts and images, as a Flow YAML says.

Usage: deno run -A main.ts [FLOW] [--port N]
       deno run -A main.ts -i [--port N] < FLOW
       deno run -A main.ts model ...

  FLOW               a Flow YAML, or the name of a built-in one:
                     ${BUILT_IN_FLOWS.slice(0, 3).join(", ")},
                     ${BUILT_IN_FLOWS.slice(3).join(", ")}
                     (default ${DEFAULT_FLOW})
  -i, --stdin        read the Flow YAML from standard input
  --port N           listen on N, and for several ports of the flow on N, N+1 and so on,
                     in place of its own; 0 lets the system choose
  -h, --help         print this and exit
  -V, --version      print the version and exit
  model              list, fetch and check models; 'model --help' says more

Exit codes: 0 after an orderly stop, 1 for a start that failed, 2 for a bad command line or flow,
3 for a stop that gave requests up after SHUTDOWN_GRACE, 130 for a second signal.

Keys of a flow, with defaults in brackets (docs/flow.md has all of it):
${flowKeysHelp()}

Environment variables:
${environmentHelp()}
`;
}
