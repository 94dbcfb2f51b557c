/** A replica: a Web Worker that owns a model's sessions and starts its preprocessing sub-pool. */
/// <reference lib="deno.worker" />
import { ClipError } from "../src/errors.ts";
import { type ModelShape, type OpenedModel, openModel } from "../src/runtime/model.ts";
import { take } from "./claim.ts";
import type {
  FromReplica,
  PreprocessSpec,
  ReplicaSpec,
  RunMessage,
  Stores,
  ToReplica,
} from "./messages.ts";

interface State {
  spec: ReplicaSpec;
  model: OpenedModel;
  stores?: Stores;
  ids: Int32Array;
  pixels: Float32Array | Uint8Array;
}

let state: State | undefined;
let tail: Promise<void> = Promise.resolve();
const preprocessors = new Map<number, Worker>();

function post(message: FromReplica, transfer: Transferable[] = []): void {
  self.postMessage(message, transfer);
}

async function load(spec: ReplicaSpec): Promise<void> {
  const start = performance.now();
  const model = await openModel(spec);
  state = { spec, model, ids: new Int32Array(0), pixels: new Float32Array(0) };
  post({ type: "loaded", shape: model.shape, loadMs: performance.now() - start });
}

async function attach(stores: Stores, shape: ModelShape): Promise<void> {
  const { spec, model } = opened();
  opened().stores = stores;
  opened().ids = new Int32Array(stores.text);
  opened().pixels = shape.pixelType === "uint8"
    ? new Uint8Array(stores.pixels)
    : new Float32Array(stores.pixels);
  const indices = Array.from({ length: spec.preprocessWorkers }, (_, index) => index);
  const started = Promise.all(indices.map(startPreprocessor));
  const start = performance.now();
  await model.warmUp(spec.warmupBatches);
  await started;
  post({ type: "ready", warmupMs: performance.now() - start });
}

/** Resolves when the worker takes tasks. */
function startPreprocessor(index: number): Promise<void> {
  const { spec, model, stores } = opened();
  preprocessors.get(index)?.terminate();
  const worker = new Worker(spec.preprocessUrl, {
    type: "module",
    name: `preprocess-${index}`,
  });
  const channel = new MessageChannel();
  const ready = Promise.withResolvers<void>();
  worker.onmessage = () => ready.resolve();
  worker.onerror = (event) => {
    event.preventDefault();
    const error = new ClipError("backend", `A preprocessing worker died: ${event.message}`);
    ready.reject(error);
    if (preprocessors.get(index) !== worker) return;
    preprocessors.delete(index);
    post({ type: "preprocess-died", index, error: error.toData() });
  };
  const init: PreprocessSpec = {
    stores: stores!,
    shape: model.shape,
    mean: spec.model.mean,
    std: spec.model.std,
    vocabSize: spec.model.vocabSize,
    maxImageBytes: spec.maxImageBytes,
    maxPixels: spec.maxPixels,
    port: channel.port1,
  };
  worker.postMessage(init, [channel.port1]);
  preprocessors.set(index, worker);
  post({ type: "preprocess", index, port: channel.port2 }, [channel.port2]);
  return ready.promise;
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
  for (const worker of preprocessors.values()) worker.terminate();
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
    case "respawn":
      // A worker that does not start is told of by its error event.
      startPreprocessor(message.index).catch(() => undefined);
      return;
    case "close":
      return close();
  }
}

self.onmessage = (event: MessageEvent<ToReplica>) => {
  tail = tail.then(() => handle(event.data)).catch((thrown) => {
    post({ type: "fatal", error: ClipError.wrap(thrown).toData() });
  });
};
