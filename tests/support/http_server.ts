/** Which server of HTTP the tests' servers are started on. */

import assert from "node:assert/strict";
import { DENO_LIMITS } from "../../src/flow/http_server.ts";

/** Names it for a whole run of tests, as tests/gateway/http/deno_serve_test.ts does. */
export const HTTP_SERVER_VARIABLE = "CLIPLINE_TEST_HTTP_SERVER";

/** Lines of a flow's `with:`; none for the default. */
export function httpServerLines(): string[] {
  const server = Deno.env.get(HTTP_SERVER_VARIABLE);
  return server === undefined ? [] : [`http_server: ${server}`];
}

/**
 * For tests of what `Deno.serve` cannot do: they are left out where it serves.
 * @param limit the one of `DENO_LIMITS` that it is.
 */
export function nodeOnly(limit: string): { ignore: boolean } {
  const deno = Deno.env.get(HTTP_SERVER_VARIABLE) === "deno";
  if (deno) assert.ok(DENO_LIMITS.includes(limit), `'${limit}' is not among DENO_LIMITS`);
  return { ignore: deno };
}
