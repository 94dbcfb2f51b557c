/** Where things are in the container: the Dockerfile's folders, and what is mounted beside them. */

/** The program. */
export const PROGRAM_FOLDER = "/app";
/** Weights and graphs: `CLIPLINE_CACHE`. */
export const CACHE_FOLDER = "/cache";
/** Embedded indexes: `CLIPLINE_WORKSPACE`. */
export const WORKSPACE_FOLDER = "/workspace";
/** Models of one's own. */
export const MODELS_FOLDER = "/models";
/** The flow. */
export const FLOW_FOLDER = "/etc/clipline";
export const FLOW_FILE = "flow.yml";

/** The folder of a Secret's files. It is not in the flow's, which is a volume that is only read. */
export function secretFolder(secret: string): string {
  return `/etc/clipline-${secret}`;
}
