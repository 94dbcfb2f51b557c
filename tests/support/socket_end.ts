/** The end of connections, as tests wait for it. */
import type { EventEmitter } from "node:events";
import type { Socket } from "node:net";

/**
 * Resolves when a socket has closed, in whatever way. (`once` of `node:events` rejects where an error
 * comes before: a peer that destroys a connection with something unread resets it.)
 */
export function closed(socket: Pick<EventEmitter, "once" | "on">): Promise<void> {
  return new Promise((resolve) => {
    socket.on("error", () => {});
    socket.once("close", () => resolve());
  });
}

/** What comes next. @throws {Error} if the connection ends before; nobody waits for ever. */
export function nextData(socket: Socket): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    const ended = () => reject(new Error("The connection ended before anything came"));
    socket.on("error", () => {});
    socket.once("close", ended);
    socket.once("data", (piece: Uint8Array) => {
      socket.off("close", ended);
      resolve(piece);
    });
  });
}
