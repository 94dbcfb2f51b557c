/** Endpoints as labels: a closed set, whatever clients write. */

/** Endpoints that have a label of their own in every flow. */
const COMMON = [
  "/",
  "/encode",
  "/rank",
  "/index",
  "/search",
  "/update",
  "/delete",
  "/dry_run",
  "/infer",
];

const SYNONYMS: Record<string, string> = { "/rerank": "/rank", "/_jina_dry_run_": "/dry_run" };

/** The label of an endpoint that no request has named yet. */
export const UNREAD = "unread";

/** Maps what clients write to labels. */
export class EndpointLabels {
  readonly #known: ReadonlySet<string>;

  /** @param exposed further endpoints that the flow names (`expose_endpoints`). */
  constructor(exposed: readonly string[] = []) {
    this.#known = new Set([...COMMON, ...exposed]);
  }

  /**
   * The endpoint itself if it is known, else `other`. A model's name behind `/encode` or `/rank` is
   * left out: clients may write any.
   */
  of(endpoint: string): string {
    if (this.#known.has(endpoint)) return endpoint;
    const first = `/${endpoint.split("/").find((part) => part !== "") ?? ""}`;
    const label = SYNONYMS[first] ?? first;
    return this.#known.has(label) ? label : "other";
  }
}
