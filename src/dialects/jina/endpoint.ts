/** Which work an endpoint's name asks for. */
import { withoutEndSlashes } from "../../end_slashes.ts";

/** An endpoint, taken apart. */
export interface Endpoint {
  work: "encode" | "rank" | "nothing";
  /** The model named in the path, as in `/encode/ViT-B-32::openai`. */
  model?: string;
}

/**
 * Reads `exec_endpoint`. `/rank` and its old name `/rerank` rank, `/dry_run` does nothing, and
 * everything else embeds, whatever it is called: the executor of `clip_server` binds the default
 * endpoint. A path below `/encode` or `/rank` names a model.
 */
export function parseEndpoint(name: string): Endpoint {
  const path = withoutEndSlashes(name.replace(/^\/+/, ""));
  const slash = path.indexOf("/");
  const head = slash < 0 ? path : path.slice(0, slash);
  const model = slash < 0 ? undefined : path.slice(slash + 1);
  switch (head) {
    case "rank":
    case "rerank":
      return model === undefined ? { work: "rank" } : { work: "rank", model };
    case "dry_run":
    case "_jina_dry_run_":
      return { work: "nothing" };
    case "encode":
      return model === undefined ? { work: "encode" } : { work: "encode", model };
    default:
      return { work: "encode" };
  }
}
