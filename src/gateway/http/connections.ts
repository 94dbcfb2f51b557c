/** The connections of a port: bounded by number, and ended when they take nothing. */
import type { Server, Socket } from "node:net";
import type { ConnectionLimit } from "../admission/connection_limit.ts";
import { addressGroup } from "../admission/peer.ts";

/** Timers count milliseconds in 31 bits. */
const MAX_TIMER_MS = 2 ** 31 - 1;

/**
 * Watches a server's connections, from their first packet on.
 * @param limit counts them; one too many is closed at once.
 * @param stallMs a connection ends that takes nothing of what was written to it for so long, and up
 * to half as long again.
 */
export function watchConnections(server: Server, limit: ConnectionLimit, stallMs: number): void {
  const open = new Set<Socket>();
  /** What each had not taken when it was looked at, and how often in a row it was the same. */
  const waiting = new WeakMap<Socket, { bytes: number; looks: number }>();
  const look = () => {
    for (const socket of open) {
      const bytes = socket.writableLength;
      const before = waiting.get(socket);
      if (bytes === 0) {
        if (before) waiting.delete(socket);
      } else if (before?.bytes !== bytes) {
        waiting.set(socket, { bytes, looks: 1 });
      } else if (++before.looks > 2) {
        socket.destroy();
      }
    }
  };
  let timer: ReturnType<typeof setInterval> | undefined;
  const watch = (socket: Socket) => {
    open.add(socket);
    timer ??= setInterval(look, Math.min(stallMs / 2, MAX_TIMER_MS));
    socket.once("close", () => {
      open.delete(socket);
      if (open.size > 0) return;
      clearInterval(timer);
      timer = undefined;
    });
  };
  server.on("connection", (socket: Socket) => {
    const leave = limit.enter(addressGroup(socket.remoteAddress));
    if (!leave) return socket.destroy();
    socket.once("close", leave);
    watch(socket);
  });
  // What is written over TLS waits in the socket above.
  server.on("secureConnection", watch);
}
