/** `serve`, which is meant when no command is named. */
import { BUILT_IN_FLOWS, DEFAULT_FLOW } from "../flow_source.ts";
import type { Command } from "./command.ts";

/** `[serve] [FLOW]`. */
export const SERVE: Command = {
  name: "serve",
  summary: "serve a flow: the default",
  body: "Serves CLIP embeddings of texts and images, as a Flow YAML says.",
  words: {
    usage: "[FLOW]",
    least: 0,
    most: 1,
    called: "flow",
    offered: "flow",
    doc: [[
      "FLOW",
      `a Flow YAML, or the name of a built-in one: ${BUILT_IN_FLOWS.join(", ")} ` +
      `(default ${DEFAULT_FLOW}; demo means demo-flow.yml)`,
    ]],
  },
  options: [
    { name: "stdin", short: "i", doc: "read the Flow YAML from standard input" },
    {
      name: "port",
      value: "N",
      takes: "a number from 0 to 65535",
      doc: "listen on N, and for several ports of the flow on N, N+1 and so on, in place of its " +
        "own; 0 lets the system choose",
    },
    { name: "version", short: "V", doc: "print the version and exit" },
  ],
  examples: [{ line: "serve demo", says: "the model that comes along, on ports 51000 and 51001" }],
  exitCodes:
    "0 after an orderly stop, 1 for a start that failed, 2 for a bad command line or flow, " +
    "3 for a stop that gave requests up after SHUTDOWN_GRACE, 130 for a second signal.",
};
