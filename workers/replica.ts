/** A replica: a Web Worker that owns a model's sessions. */
/// <reference lib="deno.worker" />
import { ClipError } from "../src/errors.ts";
import { type ModelShape, type OpenedModel, openModel } from "../src/runtime/model.ts";
import { take } from "./claim.ts";
import type { FromReplica, ReplicaSpec, RunMessage, Stores, ToReplica } from "./messages.ts";

interface State {
  model: OpenedModel;
  ids: Int32Array;
  pixels: Float32Array | Uint8Array;
}

let state: State | undefined;
let tail: Promise<void> = Promise.resolve();

function post(message: FromReplica, transfer: Transferable[] = []): void {
  self.postMessage(message, transfer);
}

async function load(spec: ReplicaSpec): Promise<void> {
  const start = performance.now();
  const model = await openModel(spec);
  state = { model, ids: new Int32Array(0), pixels: new Float32Array(0) };
  post({ type: "loaded", shape: model.shape, loadMs: performance.now() - start });
}

async function attach(stores: Stores, shape: ModelShape): Promise<void> {
  const { model } = opened();
  opened().ids = new Int32Array(stores.text);
  opened().pixels = shape.pixelType === "uint8"
    ? new Uint8Array(stores.pixels)
    : new Float32Array(stores.pixels);
  const start = performance.now();
  await model.warmUp();
  post({ type: "ready", warmupMs: performance.now() - start });
}

async function run(message: RunMessage): Promise<void> {
  // Taken back meanwhile: another replica had time before this one.
  if (message.claim && !take(message.claim)) return;
  const { model, ids, pixels } = opened();
  const { batch } = message;
  const start = performance.now();
  const gathered = () => post({ type: "gathered", batch });
  try {
    const { data, dim } = message.modality === "text"
      ? await model.embedTexts(ids, message.slots, message.lengths, gathered)
      : await model.embedImages(pixels, message.slots, gathered);
    const computeMs = performance.now() - start;
    post({ type: "result", batch, data, dim, computeMs }, [data.buffer as ArrayBuffer]);
  } catch (thrown) {
    post({ type: "failed", batch, error: ClipError.wrap(thrown).toData() });
  }
}

async function close(): Promise<void> {
  await state?.model.release();
  post({ type: "closed" });
}

function opened(): State {
  if (!state) throw new ClipError("backend", "The replica was used before its model was loaded");
  return state;
}

function handle(message: ToReplica): Promise<void> | void {
  switch (message.type) {
    case "load":
      return load(message.spec);
    case "attach":
      return attach(message.stores, message.shape);
    case "run":
      return run(message);
    case "close":
      return close();
  }
}

self.onmessage = (event: MessageEvent<ToReplica>) => {
  tail = tail.then(() => handle(event.data)).catch((thrown) => {
    post({ type: "fatal", error: ClipError.wrap(thrown).toData() });
  });
};
