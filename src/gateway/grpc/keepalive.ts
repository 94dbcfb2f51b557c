/** Asks clients for a sign of life, so that connections whose client has vanished end. */
import type { ServerHttp2Session } from "node:http2";
import type { Duplex } from "node:stream";
import { afterPatience } from "../../patience.ts";

/** A client is asked after so long, and given so long for its answer. */
const INTERVAL_MS = 60_000;
const PATIENCE_MS = 20_000;

/**
 * Asks one client again and again, and ends its connection when it does not answer. While it sends or
 * takes something it is there: its answer stands behind what is on the way, on a slow line for longer
 * than it is waited for.
 * @param moved bytes that have come from it or been taken by it.
 */
export function keepAlive(
  session: ServerHttp2Session,
  connection: Duplex,
  moved: () => number,
  intervalMs: number = INTERVAL_MS,
  patienceMs: number = PATIENCE_MS,
): void {
  let stop = () => {};
  const wait = () => {
    const timer = setTimeout(ask, intervalMs);
    stop = () => clearTimeout(timer);
  };
  const ask = () => {
    let before = moved();
    const judge = () => {
      const now = moved();
      if (now === before) return void connection.destroy();
      before = now;
      stop = afterPatience(patienceMs, judge);
    };
    stop = afterPatience(patienceMs, judge);
    try {
      const asked = session.ping((error) => {
        stop();
        if (error) connection.destroy();
        else if (!connection.destroyed) wait();
      });
      if (!asked) connection.destroy();
    } catch {
      // The session has ended, and its connection has not heard of it.
      connection.destroy();
    }
  };
  wait();
  connection.once("close", () => stop());
}
