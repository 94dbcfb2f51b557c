/** Sends an answer's body at its client's pace, for as long as there is one. */
import type { ServerResponse } from "node:http";
import type { Receiving } from "../admission/receiving.ts";

/**
 * What is handed to the connection at one time; how fast a client takes it is seen in steps of this.
 * Answers that are no longer go at once: what of them is not taken is little, and the connection's
 * own watch ends it.
 */
const SLICE_BYTES = 64 * 1024;

/**
 * Writes the body and ends the answer; resolves when all of it is handed over or nobody is there.
 * @param receiving counts what waits, and gives up a client that takes too little.
 */
export async function sendBody(
  outgoing: ServerResponse,
  body: Uint8Array,
  receiving: Receiving,
): Promise<void> {
  if (outgoing.destroyed) return;
  if (body.length <= SLICE_BYTES) {
    outgoing.end(body);
    return;
  }
  const { promise: gone, resolve: leave } = Promise.withResolvers<void>();
  const answer = receiving.answer(body.length, () => outgoing.socket?.destroy());
  outgoing.once("close", () => {
    answer.release();
    leave();
  });
  for (let at = 0; at < body.length && !outgoing.destroyed; at += SLICE_BYTES) {
    const slice = body.subarray(at, at + SLICE_BYTES);
    const taken = new Promise<void>((resolve) => outgoing.write(slice, () => resolve()));
    await Promise.race([taken, gone]);
    answer.received(slice.length);
  }
  outgoing.end();
}
