/** The running server: executors behind gateways, from a flow to an orderly stop. */
import { timerMs, within } from "../deadline.ts";
import { ClipError } from "../errors.ts";
import type { FlowConfig } from "../flow/config.ts";
import type { Indexer } from "../index/indexer.ts";
import { type Executor, ExecutorTable } from "../service/executors.ts";
import { IndexerTable } from "../service/indexers.ts";
import { Gate, type GateLimits } from "../gateway/admission/gate.ts";
import { Lifecycle } from "../service/lifecycle.ts";
import { Service } from "../service/service.ts";
import { FetchedBytes } from "../service/uri/fetched_bytes.ts";
import { UriLoader } from "../service/uri/load_uri.ts";
import { type ProgressReporter, silentProgress } from "../model/store/progress.ts";
import type { Log } from "../telemetry/log.ts";
import { startExecutor, WORKER_URLS, type WorkerUrls } from "./executor.ts";
import { type OpenIndex, type StartedIndexer, startIndexer } from "./indexer.ts";
import type { ModelLookups } from "./model_source.ts";
import { maxHeldBytesOf, openListeners } from "./listeners.ts";
import type { Address, Listening } from "../gateway/listening.ts";
import { Monitoring } from "./monitoring.ts";
import { placed } from "./placed.ts";
import { openTracing } from "./tracing.ts";

export type { Address } from "../gateway/listening.ts";

/** What a server may be given beside its flow. */
export interface ServerOptions extends ModelLookups {
  log: Log;
  progress?: ProgressReporter;
  /** Other workers than the program's own, for tests of faults. */
  workers?: WorkerUrls;
  /** Another way to open indexes than the program's own, for tests. */
  openIndex?: OpenIndex;
  /** How many faults nobody caught so far. */
  uncaught?: () => number;
}

/** What serves requests: it ends when they are done. */
interface Running {
  executors: readonly Executor[];
  indexers: readonly StartedIndexer[];
}

/** Closing an index may take this long, if the grace is over before. */
const INDEX_CLOSE_MS = 2_000;

/** A collector may take this long for the last traces; at least, if the grace is over before. */
const TRACES_MS = 3_000;
const LEAST_TRACES_MS = 500;

/** A server that is up. */
export class Server {
  readonly executors: readonly Executor[];
  readonly indexers: readonly StartedIndexer[];
  readonly lifecycle: Lifecycle;
  readonly #listening: readonly Listening[];
  readonly #monitoring: Monitoring;
  readonly #gate: Gate;
  readonly #log: Log;
  #stopping: Promise<number> | undefined;

  constructor(
    { executors, indexers }: Running,
    lifecycle: Lifecycle,
    listening: readonly Listening[],
    monitoring: Monitoring,
    gate: Gate,
    log: Log,
  ) {
    this.executors = executors;
    this.indexers = indexers;
    this.lifecycle = lifecycle;
    this.#listening = listening;
    this.#monitoring = monitoring;
    this.#gate = gate;
    this.#log = log;
  }

  /** Where it is served. */
  get addresses(): readonly Address[] {
    return this.#listening.flatMap((listening) => listening.addresses);
  }

  /** Where Prometheus finds the metrics. */
  get metricsAddresses(): readonly { host: string; port: number }[] {
    return this.#monitoring.addresses;
  }

  /**
   * Is not ready any more, and serves for `delayMs` longer, so that those who choose among servers
   * take another before this one refuses anything. Half of it is theirs to notice; then clients
   * with connections that live for ever are asked to move, which would only come back before.
   */
  async leave(delayMs: number): Promise<void> {
    if (delayMs <= 0) return;
    this.lifecycle.enter("leaving");
    this.#log.info("Leaving: not ready, and serving on for a while", { delayMs });
    await pause(delayMs / 2);
    for (const listening of this.#listening) listening.retire?.();
    await pause(delayMs / 2);
  }

  /**
   * Stops in order: not ready, no new connections, what is inside is finished, indexes are closed and
   * workers end.
   * @param graceMs after this long, what is unfinished is given up.
   * @returns how many requests were given up.
   */
  stop(graceMs: number): Promise<number> {
    return this.#stopping ??= this.#stop(graceMs);
  }

  async #stop(graceMs: number): Promise<number> {
    this.lifecycle.enter("draining");
    this.#log.info("Stopping", { graceMs });
    const began = performance.now();
    await within(graceMs, Promise.all(this.#listening.map((listening) => listening.stop())));
    const givenUp = this.#gate.inside + this.#gate.waiting;
    for (const listening of this.#listening) listening.abort();
    const left = Math.max(INDEX_CLOSE_MS, graceMs - (performance.now() - began));
    await Promise.all([
      ...this.executors.map(({ encoder }) => encoder.close(0)),
      ...this.indexers.map(({ indexer }) => this.#close(indexer, left)),
    ]);
    const rest = graceMs - (performance.now() - began);
    await this.#monitoring.close(Math.min(TRACES_MS, Math.max(LEAST_TRACES_MS, rest)));
    if (givenUp === 0) this.#log.info("Stopped");
    else this.#log.warn("Stopped before all requests were answered", { givenUp, graceMs });
    return givenUp;
  }

  /** Closes an index, but not for ever: what it has answered is kept even by a process that is killed. */
  async #close(indexer: Indexer, limitMs: number): Promise<void> {
    const log = this.#log.child(indexer.name);
    const closed = indexer.close().then(() => true, (thrown) => {
      log.warn("The index was not closed well", { reason: ClipError.wrap(thrown).message });
      return true;
    });
    if (!await within(limitMs, closed)) log.warn("The index takes too long to close", { limitMs });
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, timerMs(ms)));
}

/** What may wait before the gate is what may wait behind it, in all executors. */
function gateLimits({ executors }: FlowConfig): GateLimits {
  const waits = executors.map(({ encoder }) => encoder.maxWaitMs);
  return {
    maxWaiting: executors.reduce((sum, { encoder }) => sum + encoder.maxQueue, 0),
    maxWaitMs: waits.includes(0) ? 0 : Math.max(...waits),
  };
}

/**
 * Starts a server. Resolves when every executor is warm, every index and every port open.
 * @throws {ClipError} with the reason; nothing is left running then.
 */
export async function startServer(flow: FlowConfig, options: ServerOptions): Promise<Server> {
  const {
    log,
    progress = silentProgress,
    workers = WORKER_URLS,
    openIndex,
    uncaught,
    ...lookups
  } = options;
  const lifecycle = new Lifecycle();
  const context = { ...lookups, log, progress, workers };
  const started: Executor[] = [];
  const indexers: StartedIndexer[] = [];
  const open: Indexer[] = [];
  const table = new ExecutorTable(started, { anyModelName: flow.gateway.anyModelName });
  const listening: Listening[] = [];
  const monitoring = new Monitoring(flow, log, await openTracing(flow, log));
  try {
    await monitoring.open();
    if (uncaught) monitoring.watchUncaught(uncaught);
    const { gateway } = flow;
    const service = new Service({
      executors: table,
      indexers: new IndexerTable(open, flow.indexers.length),
      uris: new UriLoader({
        allowPrivateUris: gateway.allowPrivateUris,
        allowLocalFiles: gateway.allowLocalFiles,
        timeoutMs: gateway.uriTimeoutMs,
        maxBytes: gateway.uriMaxBytes,
        maxRedirects: gateway.uriMaxRedirects,
        concurrency: gateway.uriConcurrency,
        traceContext: gateway.uriTraceContext,
      }),
      fetched: new FetchedBytes({
        ofRequest: gateway.maxMessageBytes,
        ofAll: maxHeldBytesOf(gateway),
      }),
      timeoutMs: gateway.timeoutSendMs ?? 0,
      observer: monitoring.requests,
    });
    const limits = gateLimits(flow);
    const gate = new Gate(gateway.prefetch, limits);
    const shared = {
      service,
      gate,
      // What may wait before the gate is what may wait behind it.
      maxQueue: limits.maxWaiting,
      lifecycle,
      observer: monitoring.requests,
    };
    // Ports first: a port in use is told before a model is fetched, and health checks are answered
    // (not ready) while it loads.
    const { page: metrics } = monitoring;
    await openListeners(gateway, shared, log, listening, { metrics }).catch((thrown) => {
      throw placed(thrown, flow.places);
    });
    for (const config of flow.executors) {
      const observer = monitoring.engine(config.name);
      started.push(await startExecutor(config, { ...context, observer }));
    }
    for (const config of flow.indexers) {
      const executor = started.find(({ name }) => name === config.encoder)!;
      const one = await startIndexer(config, executor, {
        log,
        openIndex,
        observer: monitoring.index(config.name),
        workerUrl: workers.index,
        maxAnswerBytes: gateway.maxMessageBytes,
      });
      indexers.push(one);
      open.push(one.indexer);
    }
    monitoring.watch(started, open, () => lifecycle.stage === "serving" && table.ready);
    lifecycle.enter("serving");
    return new Server(
      { executors: started, indexers },
      lifecycle,
      listening,
      monitoring,
      gate,
      log,
    );
  } catch (thrown) {
    for (const one of listening) one.abort();
    await Promise.all(listening.map((one) => one.stop()));
    await Promise.all(started.map(({ encoder }) => encoder.close(0)));
    await Promise.allSettled(open.map((indexer) => indexer.close()));
    await monitoring.close(LEAST_TRACES_MS);
    throw thrown;
  }
}
