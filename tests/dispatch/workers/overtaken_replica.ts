/**
 * A replica whose first result never arrives, and which dies of the second minibatch: as an error
 * that overtakes a result looks to the main thread. For tests only.
 */
/// <reference lib="deno.worker" />
import { take } from "../../../workers/claim.ts";
import type { ToReplica } from "../../../workers/messages.ts";

self.onmessage = ({ data }: MessageEvent<ToReplica>) => {
  if (data.type !== "run" || !data.claim) return;
  take(data.claim);
  throw new Error("the second one");
};
