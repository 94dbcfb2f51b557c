/** The end of a connection that its client agrees to, so that no call is lost. */
import { constants, type ServerHttp2Session } from "node:http2";
import type { Duplex } from "node:stream";
import { goaway } from "./goaway.ts";

/** "Every call that you have made": the largest number a stream may have. */
const ANY_STREAM = 2 ** 31 - 1;

/**
 * Tells a client to make its next calls elsewhere. What it sent before it heard is taken, and once
 * all calls are answered the connection is closed.
 * @param reason in ASCII, for the client's log.
 */
export function retire(session: ServerHttp2Session, connection: Duplex, reason: string): void {
  if (session.closed || session.destroyed) return;
  // Not by the session, which would refuse calls from then on.
  connection.write(goaway(ANY_STREAM, constants.NGHTTP2_NO_ERROR, reason));
  const close = () => {
    if (!session.closed && !session.destroyed) session.close();
  };
  // Its answer comes after all that the client sent before it heard (RFC 9113, section 6.8). The
  // session is not ended in the middle of what came with it.
  if (!session.ping(() => setImmediate(close))) close();
}
