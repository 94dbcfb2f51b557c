/** An encoder over a fixture model, with the program's workers or with faulty ones. */
import assert from "node:assert/strict";
import { Encoder, type EncoderOptions } from "../../src/dispatch/encoder.ts";
import { NO_OBSERVER } from "../../src/telemetry/engine_observer.ts";
import { OPENAI_MEAN, OPENAI_STD } from "../../src/checkpoint/configs/image_statistics.ts";
import { WORKER_URLS } from "../../src/server/executor.ts";
import { SILENT_LOG } from "../../src/telemetry/log.ts";
import { onnxModel } from "./onnx_model.ts";

/** What a test may choose. */
export interface TestEncoderOptions extends Partial<EncoderOptions> {
  model?: "rn-a";
}

/** Makes and starts an encoder. */
export async function startEncoder(options: TestEncoderOptions = {}): Promise<Encoder> {
  const { model = "rn-a", ...rest } = options;
  const directory = await onnxModel(model);
  const encoder = new Encoder({
    replicas: 1,
    workerUrl: WORKER_URLS.replica,
    spec: () => ({
      model: {
        textual: `${directory}/textual.onnx`,
        visual: `${directory}/visual.onnx`,
        mean: OPENAI_MEAN,
        std: OPENAI_STD,
        contextLength: 77,
        vocabSize: 49_408,
        alreadyOptimized: false,
      },
      providers: [{ name: "cpu" }],
      threads: 1,
    }),
    preprocessWorkers: 1,
    preprocessUrl: WORKER_URLS.preprocess,
    maxImageBytes: 2 ** 25,
    maxPixels: 10_000_000,
    maxDecodeBytes: 2 ** 28,
    imageTimeoutMs: 10_000,
    minibatchTimeoutMs: 60_000,
    minibatchSize: 8,
    tokenBudget: 8 * 77,
    maxQueue: 10_000,
    maxQueueBytes: 2 ** 28,
    maxWaitMs: 0,
    cacheBytes: 0,
    observer: NO_OBSERVER,
    onOpened: () => {},
    log: SILENT_LOG,
    ...rest,
  });
  await encoder.start();
  return encoder;
}

/** Fails if something is left inside: items, bytes, or slots that nobody gave back. */
export function assertEmpty(encoder: Pick<Encoder, "state"> & { slots?: Encoder["slots"] }): void {
  const { waiting, running, heldBytes } = encoder.state;
  assert.deepEqual({ waiting, running, heldBytes }, {
    waiting: { text: 0, image: 0 },
    running: 0,
    heldBytes: 0,
  });
  for (const { free, total } of Object.values(encoder.slots ?? {})) assert.equal(free, total);
}
