/** Environment variables that are not a flow's to set where the program runs in its image. */
import { GATEWAY_KEYS } from "../../flow/gateway_keys.ts";
import { STOP_VARIABLES } from "../../stop_times.ts";
import { CACHE_FOLDER, WORKSPACE_FOLDER } from "./container_paths.ts";
import type { Draft } from "./draft.ts";
import { findKey } from "./flow_text.ts";

/** Those of the Dockerfile, and why: the program may write to its folders and to no others. */
export const IMAGE_VARIABLES: ReadonlyMap<string, string> = new Map([
  ["CLIPLINE_CACHE", `the image says it, as ${CACHE_FOLDER} is where the volume is`],
  ["CLIPLINE_WORKSPACE", `the image says it, as ${WORKSPACE_FOLDER} is where the volume is`],
  ["DENO_DIR", "the image says it"],
  ["HOME", "the image says it"],
  ["PATH", "the image says it"],
]);

/**
 * Tells the report which of the flow's `env` go against the image, or against whoever stops the
 * container: what stands in a flow wins over the container's own.
 */
export function checkEnvironment({ text }: Draft): void {
  const env = findKey(text.gateway, "env", GATEWAY_KEYS.env.aliases);
  if (env?.kind !== "map") return;
  for (const [name, { node: { at, path } }] of env.entries) {
    const why = IMAGE_VARIABLES.get(name);
    if (why !== undefined) {
      text.report.problem(at, path, `${why}; expected the flow without it`);
    } else if (STOP_VARIABLES.includes(name)) {
      text.report.problem(
        at,
        path,
        "who stops a container has to know it; expected the flow without it, and " +
          `'--env ${name}=SECONDS'`,
      );
    }
  }
}
