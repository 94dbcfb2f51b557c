/**
 * The real replica worker, slowed down: it sleeps for each item before it computes, so that a bench
 * of what stands before it does not depend on what else the machine does.
 */
/// <reference lib="deno.worker" />
import "../../workers/replica.ts";
import { take } from "../../workers/claim.ts";
import type { ToReplica } from "../../workers/messages.ts";

const ITEM_MS = Number(Deno.env.get("BENCH_ITEM_MS"));
const nobody = new Int32Array(new SharedArrayBuffer(4));
const serve = self.onmessage!;

self.onmessage = (event: MessageEvent<ToReplica>) => {
  const message = event.data;
  if (message.type === "run") {
    // As the real worker does: what was taken back is not begun.
    if (message.claim && !take(message.claim)) return;
    delete message.claim;
    Atomics.wait(nobody, 0, 0, ITEM_MS * message.slots.length);
  }
  return serve.call(self as never, event);
};
