/** HTTP without Node's modules: only `fetch`, which takes no certificates. */
import { ClipClientError } from "../../errors.ts";
import { type Post, postByFetch } from "../../transports/post.ts";
import type { TlsOptions } from "../../transports/transport.ts";

/**
 * A way to send bodies. (A browser may send one again by itself where a connection breaks that was
 * used before.)
 * @throws {ClipClientError} usage: certificates are given.
 */
export function nodePost(tls: TlsOptions | undefined): Post {
  if (tls === undefined) return postByFetch;
  throw new ClipClientError("usage", "A page cannot choose certificates: leave 'tls' out");
}
