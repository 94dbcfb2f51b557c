/** Starts an executor of a flow: its model, its device, its replicas. */
import { basename } from "node:path";
import { timerMs } from "../deadline.ts";
import { Encoder, type EncoderOptions } from "../dispatch/encoder.ts";
import { ThreadedTokenizer } from "../dispatch/threaded_tokenizer.ts";
import { tokenizerSetup } from "../dispatch/tokenizer_setup.ts";
import type { EngineObserver } from "../telemetry/engine_observer.ts";
import type { ExecutorConfig } from "../flow/config.ts";
import type { Executor } from "../service/executors.ts";
import { readStoreSettings } from "../model/store/settings.ts";
import { THIS_SYSTEM } from "../runtime/device.ts";
import type { DeviceChoice, DeviceSystem } from "../runtime/device_types.ts";
import type { Log } from "../telemetry/log.ts";
import type { ProgressReporter } from "../model/store/progress.ts";
import { findDevice, sessionThreads } from "./executor_device.ts";
import { type ModelLookups, type PreparedModel, prepareModel } from "./model_source.ts";
import { withinReadyTime } from "./ready_time.ts";
import { type SessionSetup, setUpSessions } from "./session_setup.ts";

/** URLs of the workers' modules. */
export interface WorkerUrls {
  replica: string;
  preprocess: string;
  index: string;
}

/** The workers of this program. */
export const WORKER_URLS: WorkerUrls = {
  replica: new URL("../../workers/replica.ts", import.meta.url).href,
  preprocess: new URL("../../workers/preprocess.ts", import.meta.url).href,
  index: new URL("../../workers/index.ts", import.meta.url).href,
};

/** What the start needs beside the configuration. */
export interface ExecutorContext extends ModelLookups {
  log: Log;
  progress: ProgressReporter;
  observer: EngineObserver;
  workers: WorkerUrls;
  /** How devices are found; by default this machine's. */
  devices?: DeviceSystem;
}

/** Tokens of the longest text. */
const CONTEXT_LENGTH = 77;

/**
 * Starts an executor. Resolves when all replicas are warm.
 * @throws {ClipError} with the reason if the model or the device cannot be had; "unavailable" after
 * `timeout_ready`.
 */
export function startExecutor(
  config: ExecutorConfig,
  context: ExecutorContext,
): Promise<Executor> {
  return withinReadyTime(
    config.name,
    config.timeoutReadyMs,
    (signal) => start(config, context, signal),
    "get and convert the model beforehand with `model prepare`",
  );
}

async function start(
  config: ExecutorConfig,
  context: ExecutorContext,
  signal: AbortSignal,
): Promise<Executor> {
  const log = context.log.child(config.name);
  const began = performance.now();
  const setup = Promise.withResolvers<SessionSetup>();
  // First, so that its workers load their modules while the device and the model are looked for.
  const encoder = new Encoder(encoderOptions(config, setup.promise, {
    ...context,
    log,
    onOpened: (done, total) => log.info(`Loading the model: ${done} of ${total} replicas have it`),
  }));
  const { device, model, sessions } = await prepareSessions(config, { ...context, log }, signal)
    .catch(
      async (thrown) => {
        await encoder.close(0);
        throw thrown;
      },
    );
  const prepared = performance.now();
  signal.addEventListener("abort", () => void encoder.close(0), { once: true });
  setup.resolve(sessions);
  const { loadMs, warmupMs } = await encoder.start();
  log.info("Model ready", {
    model: config.encoder.name,
    device: device.device,
    replicas: config.replicas,
    prepareMs: Math.round(prepared - began),
    loadMs: Math.round(loadMs),
    warmupMs: Math.round(warmupMs),
  });
  return {
    name: config.name,
    models: [config.encoder.name, ...model.names],
    accessPaths: config.encoder.accessPaths,
    encoder,
    ...(model.similarity === undefined ? {} : { similarity: model.similarity }),
    tokenizer: new ThreadedTokenizer(tokenizerSetup(model.files, encoder.shape)),
    batching: {
      maxTokens: tokenBudget(config),
      workers: config.replicas * config.encoder.numWorkerPreprocess,
    },
    description: {
      model: config.encoder.name,
      runtime: config.runtime,
      provider: device.device,
      device: device.adapter,
      dtype: model.dtype,
      // Of a file the name: clients that are far away are told of it.
      source: basename(model.source),
      ...(device.passedOver.length > 0 ? { passed_over: device.passedOver.join("; ") } : {}),
    },
  };
}

/** Chooses the device, prepares the model for it, and settles how its sessions are opened. */
async function prepareSessions(
  config: ExecutorConfig,
  context: ExecutorContext,
  signal: AbortSignal,
): Promise<{ device: DeviceChoice; model: PreparedModel; sessions: SessionSetup }> {
  const { log } = context;
  const device = await findDevice(config, context.devices ?? THIS_SYSTEM);
  log.info("Device chosen", {
    device: device.device,
    adapter: device.adapter,
    dtype: device.dtype,
  });
  // The banner and /status have it for everybody.
  for (const line of device.passedOver) log.debug(`Passed over ${line}`);
  const { target, dtype } = device;
  const model = await prepareModel(config, { ...context, target, dtype, signal });
  const threads = sessionThreads(config);
  const cacheRoot = (context.settings ?? readStoreSettings()).cache;
  signal.throwIfAborted();
  const sessions = await setUpSessions(config, device, model, { log, cacheRoot, threads });
  signal.throwIfAborted();
  return { device, model, sessions };
}

function tokenBudget({ encoder }: Pick<ExecutorConfig, "encoder">): number {
  return encoder.tokenBudget || encoder.minibatchSize * CONTEXT_LENGTH;
}

function encoderOptions(
  { encoder, replicas }: ExecutorConfig,
  setup: Promise<SessionSetup>,
  context: ExecutorContext & { onOpened: (done: number, total: number) => void },
): EncoderOptions {
  return {
    replicas,
    workerUrl: context.workers.replica,
    spec: async (index) => (await setup)(index),
    preprocessWorkers: encoder.numWorkerPreprocess,
    preprocessUrl: context.workers.preprocess,
    maxImageBytes: encoder.maxImageBytes,
    maxPixels: encoder.maxPixels,
    maxDecodeBytes: encoder.maxDecodeBytes,
    imageTimeoutMs: timerMs(encoder.imageTimeoutMs),
    minibatchTimeoutMs: timerMs(encoder.minibatchTimeoutMs),
    minibatchSize: encoder.minibatchSize,
    tokenBudget: tokenBudget({ encoder }),
    maxQueue: encoder.maxQueue,
    maxQueueBytes: encoder.maxQueueBytes,
    maxWaitMs: encoder.maxWaitMs,
    cacheBytes: encoder.cacheSize * 2 ** 20,
    observer: context.observer,
    onOpened: context.onOpened,
    log: context.log,
  };
}
