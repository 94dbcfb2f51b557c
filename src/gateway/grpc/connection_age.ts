/**
 * The end of old connections, so that long-lived clients spread over servers that were added behind
 * a load balancer (https://github.com/grpc/proposal/blob/master/A9-server-side-conn-mgt.md).
 *
 * grpc-js has it too (`grpc.max_connection_age_ms`), but loses calls: it takes none any more from
 * the moment that it tells the client, so that those on their way are dropped, and clients make
 * such a call anew once at most; and calls that outlast the grace end as INTERNAL.
 */
import type { ServerHttp2Session } from "node:http2";
import type { Duplex } from "node:stream";
import { retire } from "./retire.ts";

/** How long connections live, in milliseconds; 0 is for ever. */
export interface ConnectionAge {
  maxConnectionAgeMs: number;
  /** What calls under way have left after that. */
  maxConnectionAgeGraceMs: number;
}

/** By how much connections live longer or shorter than others, so that they do not all end at once. */
const JITTER = 0.1;

/**
 * Ends a connection when it is old: the client is told, what it sent before it heard is taken, and
 * once all calls are answered (or the grace is over) the connection is closed.
 * @param random in [0, 1).
 */
export function limitAge(
  session: ServerHttp2Session,
  connection: Duplex,
  { maxConnectionAgeMs, maxConnectionAgeGraceMs }: ConnectionAge,
  random: () => number = Math.random,
): void {
  if (maxConnectionAgeMs === 0) return;
  const end = () => {
    if (session.closed || session.destroyed) return;
    retire(session, connection, "max_age");
    if (maxConnectionAgeGraceMs > 0) {
      timer = setTimeout(() => connection.destroy(), maxConnectionAgeGraceMs);
    }
  };
  const spread = 1 + JITTER * (2 * random() - 1);
  let timer = setTimeout(end, maxConnectionAgeMs * spread);
  connection.once("close", () => clearTimeout(timer));
}
