/**
 * The one table from a failure's kind to the HTTP status that a dialect's clients know it by. Jina's
 * own stands beside it (`jina/status.ts`): there most failures belong inside an answer. What a body
 * looks like is each dialect's own.
 */
import type { ErrorKind } from "../errors.ts";
import type { ApiName } from "../flow/gateway_keys.ts";

/** The dialects of the table. */
export type TabledApi = Exclude<ApiName, "jina">;

/** A status for all dialects, and the exceptions. */
type Row = { all: number } & Partial<Record<TabledApi, number>>;

/** "Client closed request", as nginx and Cohere have it: nobody reads it. */
const GONE = 499;

const TABLE: Record<ErrorKind, Row> = {
  // 422 is what these answer where a field is wrong.
  invalid: { all: 400, tei: 422, immich: 422 },
  document: { all: 400, tei: 422 },
  too_large: { all: 413 },
  unsupported_media: { all: 415 },
  not_found: { all: 404 },
  wrong_method: { all: 405 },
  unauthenticated: { all: 401 },
  rate_limited: { all: 429 },
  // Their clients take 429 for "come back later". Triton's know 503, and so do proxies before the
  // other two.
  overloaded: { all: 429, oip: 503, weaviate: 503, immich: 503 },
  unavailable: { all: 503 },
  deadline: { all: 504 },
  cancelled: { all: GONE },
  // TEI's "Backend".
  backend: { all: 500, tei: 424 },
  config: { all: 500 },
  model: { all: 500 },
};

/** The HTTP status of a failure. */
export function statusOf(kind: ErrorKind, api: TabledApi): number {
  const row = TABLE[kind];
  return row[api] ?? row.all;
}
