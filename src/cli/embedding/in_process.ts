/** The embedder in this process: a flow's executor, or a model's, without any port. */
import type { Embedder, EmbedItem } from "../../bulk/embedder.ts";
import { ClipError } from "../../errors.ts";
import type { EncodeItem } from "../../model/item.ts";
import type { ExecutorConfig, FlowConfig } from "../../flow/config.ts";
import { type FlowSource, loadFlow } from "../../flow/load.ts";
import { findModel } from "../../model/catalog/catalog.ts";
import type { ProgressReporter } from "../../model/store/progress.ts";
import { startExecutor, WORKER_URLS } from "../../server/executor.ts";
import type { Executor } from "../../service/executors.ts";
import { type Similarity, SOFTMAX } from "../../service/rank.ts";
import { NO_OBSERVER } from "../../telemetry/engine_observer.ts";
import type { Log } from "../../telemetry/log.ts";
import { aloneFlow } from "./alone_flow.ts";

/** Which model, and how it is run. */
export interface InProcessOptions {
  /** A flow; without it the model alone. */
  flow?: FlowSource | undefined;
  /** A model's name; in a flow, which executor. */
  model?: string | undefined;
  device?: string | undefined;
  dtype?: string | undefined;
  replicas?: string | undefined;
  /** Items of a call. */
  batchSize?: number | undefined;
}

/** What is told while it starts. */
export interface InProcessContext {
  log: Log;
  progress: ProgressReporter;
}

/** Calls under way for each replica: one computes, others are prepared. */
const CALLS_PER_REPLICA = 4;

/** Embeds in this process. */
export class InProcessEmbedder implements Embedder {
  readonly model: string;
  readonly batchSize: number;
  readonly inFlight: number;
  /** What a cosine of the model means. */
  readonly similarity: Similarity;
  readonly #executor: Executor;

  constructor(executor: Executor, batchSize: number, inFlight: number) {
    this.model = executor.models[0]!;
    this.similarity = executor.similarity ?? SOFTMAX;
    this.batchSize = batchSize;
    this.inFlight = inFlight;
    this.#executor = executor;
  }

  async encode(
    items: readonly EmbedItem[],
    signal: AbortSignal,
  ): Promise<(Float32Array | Error)[]> {
    return await this.#executor.encoder.encode(items.map(engineItem), { signal, wait: true });
  }

  async close(): Promise<void> {
    await this.#executor.encoder.close(0);
  }
}

function engineItem(item: EmbedItem): EncodeItem {
  return "text" in item
    ? { modality: "text", text: item.text }
    : { modality: "image", bytes: item.image };
}

/**
 * Starts the model.
 * @throws {ClipError} "config" for a flow or an option that is wrong; "model", "backend" or
 * "unavailable" if the model or the device cannot be had.
 */
export async function openInProcess(
  options: InProcessOptions,
  { log, progress }: InProcessContext,
): Promise<InProcessEmbedder> {
  const config = executorConfig(options, log);
  const executor = await startExecutor(config, {
    log,
    progress,
    observer: NO_OBSERVER,
    workers: WORKER_URLS,
  });
  return new InProcessEmbedder(
    executor,
    options.batchSize ?? config.encoder.minibatchSize,
    CALLS_PER_REPLICA * config.replicas,
  );
}

/** The executor's part of a flow, with the options in place of what it says. */
function executorConfig(options: InProcessOptions, log: Log): ExecutorConfig {
  const { flow, model, device, dtype, replicas } = options;
  const alone = aloneFlow({ ...options, model: flow === undefined ? model : undefined })
    .executors[0]!;
  const config = flow === undefined ? alone : fromFlow(flow, model, log);
  return {
    ...config,
    ...(replicas === undefined ? {} : { replicas: alone.replicas }),
    encoder: {
      ...config.encoder,
      ...(device === undefined ? {} : { device: alone.encoder.device }),
      ...(dtype === undefined ? {} : { dtype: alone.encoder.dtype }),
      // Nobody is kept waiting, and nothing comes twice.
      maxWaitMs: 0,
      cacheSize: 0,
    },
  };
}

function fromFlow(source: FlowSource, model: string | undefined, log: Log): ExecutorConfig {
  const flow: FlowConfig = loadFlow(source, Deno.env.toObject(), { knownModel: findModel });
  for (const warning of flow.warnings) log.warn(warning);
  for (const [name, value] of Object.entries(flow.gateway.env)) Deno.env.set(name, value);
  if (model === undefined) return flow.executors[0]!;
  const named = flow.executors.find(({ name, encoder }) =>
    name === model || encoder.name === model
  );
  if (named !== undefined) return named;
  const names = flow.executors.map(({ name, encoder }) => `${encoder.name} (${name})`).join(", ");
  throw new ClipError("config", `The flow has no model '${model.slice(0, 100)}': it has ${names}`);
}
