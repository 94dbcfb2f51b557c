/** The real replica worker whose first embedding of each minibatch holds a NaN. For tests only. */
/// <reference lib="deno.worker" />
import "../../../workers/replica.ts";
import type { FromReplica } from "../../../workers/messages.ts";

const post = self.postMessage.bind(self) as (
  message: FromReplica,
  transfer: Transferable[],
) => void;

self.postMessage = ((message: FromReplica, transfer: Transferable[] = []) => {
  if (message.type === "result") message.data[3] = NaN;
  post(message, transfer);
}) as typeof self.postMessage;
