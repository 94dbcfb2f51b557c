/** Which work an endpoint's name asks for. */
import { withoutEndSlashes } from "../../end_slashes.ts";
import { type IndexOperation, isIndexOperation } from "./indexing/operation.ts";

/** An endpoint, taken apart. */
export interface Endpoint {
  work: "encode" | "rank" | "nothing";
  /** What it asks of an indexer; where nothing is kept, the work is done alone. */
  operation?: IndexOperation;
  /** The model named in the path, as in `/encode/ViT-B-32::openai`. */
  model?: string;
}

/**
 * Reads `exec_endpoint`. `/rank` and its old name `/rerank` rank, `/dry_run` does nothing, and
 * everything else embeds, whatever it is called: the executor of `clip_server` binds the default
 * endpoint. `/index` and its relatives go on to an indexer. A path below `/encode`, `/rank` or one of
 * the indexer's names a model.
 */
export function parseEndpoint(name: string): Endpoint {
  const path = withoutEndSlashes(name.replace(/^\/+/, ""));
  const slash = path.indexOf("/");
  const head = slash < 0 ? path : path.slice(0, slash);
  const below = slash < 0 ? {} : { model: path.slice(slash + 1) };
  if (isIndexOperation(head)) return { work: "encode", operation: head, ...below };
  switch (head) {
    case "rank":
    case "rerank":
      return { work: "rank", ...below };
    case "dry_run":
    case "_jina_dry_run_":
      return { work: "nothing" };
    case "encode":
      return { work: "encode", ...below };
    default:
      return { work: "encode" };
  }
}
