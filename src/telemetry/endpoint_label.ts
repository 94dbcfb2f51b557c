/** Endpoints as labels: a closed set, whatever clients write. */

/** Endpoints that have a label of their own in every flow. */
const COMMON = [
  ...["/", "/encode", "/rank", "/dry_run", "/index", "/search", "/update", "/delete", "/status"],
  ...["/filter", "/clear", "/backup", "/restore", "/fill_embedding"],
];

/** Those of other dialects than Jina's: their paths, which lie above here; a test compares them. */
const OTHER_DIALECTS = [
  ...["/v1/embeddings", "/embeddings", "/v1/embeddings_image", "/embeddings_image"],
  ...["/v1/classify", "/classify", "/v1/rerank", "/v2/rerank", "/v1/embed", "/v2/embed"],
  ...["/v1/multimodalembeddings", "/embed", "/embed_all", "/embed_sparse", "/similarity"],
  ...["/tokenize", "/decode", "/vertex", "/invocations", "/predict", "/infer", "/vectorize"],
  ...["/qdrant/inference", "/inference"],
];

const SYNONYMS: Record<string, string> = { "/rerank": "/rank", "/_jina_dry_run_": "/dry_run" };

/** The label of an endpoint that no request has named yet. */
export const UNREAD = "unread";

/** Maps what clients write to labels. */
export class EndpointLabels {
  readonly #known: ReadonlySet<string>;

  /** @param exposed further endpoints that the flow names (`expose_endpoints`). */
  constructor(exposed: readonly string[] = []) {
    this.#known = new Set([...COMMON, ...OTHER_DIALECTS, ...exposed]);
  }

  /**
   * The endpoint itself if it is known, else `other`. A model's name behind `/encode` or `/index` is
   * left out: clients may write any.
   */
  of(endpoint: string): string {
    if (this.#known.has(endpoint)) return endpoint;
    const first = `/${endpoint.split("/").find((part) => part !== "") ?? ""}`;
    const label = SYNONYMS[first] ?? first;
    return this.#known.has(label) ? label : "other";
  }
}
