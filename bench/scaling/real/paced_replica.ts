/**
 * The real replica worker before a model that costs nothing, which takes as long as the simulation
 * says: it sleeps when it has gathered a minibatch, so that the engine measures that time as its own.
 */
/// <reference lib="deno.worker" />
import "../../../workers/replica.ts";
import type { FromReplica, RunMessage, ToReplica } from "../../../workers/messages.ts";
import { minibatchMs, type PodKind } from "../cost_model.ts";

const kind = JSON.parse(Deno.env.get("BENCH_POD") ?? "{}") as PodKind;
const nobody = new Int32Array(new SharedArrayBuffer(4));
const serve = self.onmessage!;
const post = self.postMessage.bind(self);
const batches = new Map<number, RunMessage>();

self.onmessage = (event: MessageEvent<ToReplica>) => {
  if (event.data.type === "run") batches.set(event.data.batch, event.data);
  return serve.call(self as never, event);
};

self.postMessage = (message: FromReplica, transfer: unknown) => {
  post(message, transfer as Transferable[]);
  if (message.type !== "gathered") return;
  const batch = batches.get(message.batch)!;
  batches.delete(message.batch);
  const longest = batch.modality === "text" ? Math.max(...batch.lengths) : 0;
  Atomics.wait(nobody, 0, 0, minibatchMs(kind, batch.modality, batch.slots.length, longest));
};
