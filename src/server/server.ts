/** The running server: executors behind gateways, from a flow to an orderly stop. */
import { timerMs } from "../deadline.ts";
import { ClipError, KeyError } from "../errors.ts";
import type { FlowConfig } from "../flow/config.ts";
import { type Executor, ExecutorTable } from "../service/executors.ts";
import { Gate, type GateLimits } from "../gateway/admission/gate.ts";
import { Lifecycle } from "../service/lifecycle.ts";
import { Service } from "../service/service.ts";
import { FetchedBytes } from "../service/uri/fetched_bytes.ts";
import { UriLoader } from "../service/uri/load_uri.ts";
import { type ProgressReporter, silentProgress } from "../model/store/progress.ts";
import type { Log } from "../telemetry/log.ts";
import { startExecutor, WORKER_URLS, type WorkerUrls } from "./executor.ts";
import type { ModelLookups } from "./model_source.ts";
import { maxHeldBytesOf, openListeners } from "./listeners.ts";
import type { Address, Listening } from "../gateway/listening.ts";
import { Monitoring } from "./monitoring.ts";

export type { Address } from "../gateway/listening.ts";

/** What a server may be given beside its flow. */
export interface ServerOptions extends ModelLookups {
  log: Log;
  progress?: ProgressReporter;
  /** Other workers than the program's own, for tests of faults. */
  workers?: WorkerUrls;
  /** How many faults nobody caught so far. */
  uncaught?: () => number;
}

/** A server that is up. */
export class Server {
  readonly executors: readonly Executor[];
  readonly lifecycle: Lifecycle;
  readonly #listening: readonly Listening[];
  readonly #monitoring: Monitoring;
  readonly #gate: Gate;
  readonly #log: Log;
  #stopping: Promise<number> | undefined;

  constructor(
    executors: readonly Executor[],
    lifecycle: Lifecycle,
    listening: readonly Listening[],
    monitoring: Monitoring,
    gate: Gate,
    log: Log,
  ) {
    this.executors = executors;
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
   * Stops in order: not ready, no new connections, what is inside is finished, workers end.
   * @param graceMs after this long, what is unfinished is given up.
   * @returns how many requests were given up.
   */
  stop(graceMs: number): Promise<number> {
    return this.#stopping ??= this.#stop(graceMs);
  }

  async #stop(graceMs: number): Promise<number> {
    this.lifecycle.enter("draining");
    this.#log.info("Stopping", { graceMs });
    let timer: ReturnType<typeof setTimeout> | undefined;
    const grace = new Promise<void>((resolve) => timer = setTimeout(resolve, timerMs(graceMs)));
    const listeners = Promise.all(this.#listening.map((listening) => listening.stop()));
    await Promise.race([listeners, grace]);
    clearTimeout(timer);
    const givenUp = this.#gate.inside + this.#gate.waiting;
    for (const listening of this.#listening) listening.abort();
    await Promise.all(this.executors.map(({ encoder }) => encoder.close(0)));
    await this.#monitoring.close();
    if (givenUp === 0) this.#log.info("Stopped");
    else this.#log.warn("Stopped before all requests were answered", { givenUp, graceMs });
    return givenUp;
  }
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
 * Starts a server. Resolves when every executor is warm and every port is open.
 * @throws {ClipError} with the reason; nothing is left running then.
 */
export async function startServer(flow: FlowConfig, options: ServerOptions): Promise<Server> {
  const { log, progress = silentProgress, workers = WORKER_URLS, uncaught, ...lookups } = options;
  const lifecycle = new Lifecycle();
  const context = { ...lookups, log, progress, workers };
  const started: Executor[] = [];
  const table = new ExecutorTable(started, { anyModelName: flow.gateway.anyModelName });
  const listening: Listening[] = [];
  const monitoring = new Monitoring(flow, log);
  try {
    await monitoring.open();
    if (uncaught) monitoring.watchUncaught(uncaught);
    const { gateway } = flow;
    const service = new Service({
      executors: table,
      uris: new UriLoader({
        allowPrivateUris: gateway.allowPrivateUris,
        allowLocalFiles: gateway.allowLocalFiles,
        timeoutMs: gateway.uriTimeoutMs,
        maxBytes: gateway.uriMaxBytes,
        maxRedirects: gateway.uriMaxRedirects,
        concurrency: gateway.uriConcurrency,
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
    monitoring.watch(started, () => lifecycle.stage === "serving" && table.ready);
    lifecycle.enter("serving");
    return new Server(started, lifecycle, listening, monitoring, gate, log);
  } catch (thrown) {
    for (const one of listening) one.abort();
    await Promise.all(listening.map((one) => one.stop()));
    await Promise.all(started.map(({ encoder }) => encoder.close(0)));
    await monitoring.close();
    throw thrown;
  }
}

/** Puts the place in the flow before a fault of one of its keys. */
function placed(thrown: unknown, places: FlowConfig["places"]): unknown {
  const place = thrown instanceof KeyError ? places[thrown.key] : undefined;
  if (!(thrown instanceof KeyError) || place === undefined) return thrown;
  return new ClipError(thrown.kind, `${place}: ${thrown.message}`, { cause: thrown });
}
