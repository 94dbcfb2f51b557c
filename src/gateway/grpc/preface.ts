/** The first bytes of a connection, which say whether its client speaks HTTP/2. */
import { Buffer } from "node:buffer";
import type { Socket } from "node:net";
import { afterPatience } from "../../patience.ts";

/** RFC 9113, section 3.4. */
const PREFACE = Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "latin1");

const WORDS = "This port serves gRPC, over HTTP/2. Is there another port for HTTP?\n";
const BAD_REQUEST = Buffer.from(
  "HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain; charset=utf-8\r\n" +
    `Content-Length: ${WORDS.length}\r\nConnection: close\r\n\r\n${WORDS}`,
  "latin1",
);

/** How long a client that is told so may take to hear it. */
const FAREWELL_MS = 5000;

/**
 * Calls `begun` when a client's preface is here, with all its bytes still to be read. A client that
 * sends something else is told what listens here; one that sends nothing in time is left.
 */
export function awaitPreface(socket: Socket, timeoutMs: number, begun: () => void): void {
  let came: Buffer = Buffer.alloc(0);
  const stop = () => {
    stopWaiting();
    socket.off("data", look);
    socket.off("close", stop);
  };
  const look = (piece: Buffer) => {
    came = came.length === 0 ? piece : Buffer.concat([came, piece]);
    const first = came.subarray(0, PREFACE.length);
    if (!first.equals(PREFACE.subarray(0, first.length))) {
      stop();
      return dismiss(socket);
    }
    if (first.length < PREFACE.length) return;
    stop();
    socket.pause();
    socket.unshift(came);
    begun();
  };
  const stopWaiting = afterPatience(timeoutMs, () => socket.destroy());
  socket.on("data", look);
  socket.on("close", stop);
}

/** What it still sends is read and thrown away: a reset would overtake the words. */
function dismiss(socket: Socket): void {
  socket.resume();
  socket.end(BAD_REQUEST);
  const patience = setTimeout(() => socket.destroy(), FAREWELL_MS);
  socket.once("close", () => clearTimeout(patience));
  socket.once("end", () => socket.destroy());
}
