/** What is told of a server: in its log, and on pages of metrics as `monitoring` and `port_monitoring` say. */
import type { EngineObserver } from "../telemetry/engine_observer.ts";
import { NO_OBSERVER, observeEngineBoth } from "../telemetry/engine_observer.ts";
import type { FlowConfig } from "../flow/config.ts";
import type { Executor } from "../service/executors.ts";
import {
  NO_REQUEST_OBSERVER,
  observeBoth,
  type RequestObserver,
} from "../telemetry/request_observer.ts";
import { VERSION } from "../version.ts";
import { EndpointLabels } from "../telemetry/endpoint_label.ts";
import type { Indexer } from "../index/indexer.ts";
import { type IndexerState, indexMetrics, watchIndex } from "../telemetry/index_metrics.ts";
import { indexLog } from "../telemetry/index_log.ts";
import {
  type IndexObserver,
  NO_INDEX_OBSERVER,
  observeIndexBoth,
} from "../telemetry/index_observer.ts";
import { engineLog } from "../telemetry/engine_log.ts";
import { engineMetrics, watchEngine } from "../telemetry/engine_metrics.ts";
import type { Log } from "../telemetry/log.ts";
import { MetricSet } from "../telemetry/metric_set.ts";
import { type MetricsServer, serveMetrics } from "../telemetry/metrics_server.ts";
import type { Tracing } from "../telemetry/tracing/start.ts";
import { watchProcess } from "../telemetry/process_metrics.ts";
import { requestLog } from "../telemetry/request_log.ts";
import { requestMetrics } from "../telemetry/request_metrics.ts";

/** An index that has not said by then how many documents it has is not waited for. */
const STATUS_MS = 1_000;

interface Page {
  set: MetricSet;
  host: string;
  port: number;
  /** In errors and the log. */
  whose: string;
}

/**
 * The metrics of a server, what its log has of requests and minibatches, and its traces. An executor
 * with a port of its own is on that page and not on the gateway's: whoever scrapes both counts each
 * thing once.
 */
export class Monitoring {
  /** What gateways and the service report to. */
  readonly requests: RequestObserver;
  /** The gateway's page; undefined if it has none. */
  readonly page: Pick<MetricSet, "text" | "contentType"> | undefined;
  readonly #log: Log;
  readonly #pages: Page[] = [];
  readonly #executors = new Map<string, MetricSet>();
  #servers: MetricsServer[] = [];
  readonly #flush: () => void;
  readonly #tracing: Tracing | undefined;
  #stopSampling = () => {};
  /** Nothing is before it is watched. */
  #ready = () => false;

  /** Decides the pages; nothing is opened yet. */
  constructor(flow: FlowConfig, log: Log, tracing?: Tracing) {
    this.#log = log;
    const { gateway } = flow;
    const main = gateway.monitoring
      ? this.#page(flow, gateway.portMonitoring, "the gateway")
      : null;
    this.page = main ?? undefined;
    for (const { name, monitoring, portMonitoring } of [...flow.executors, ...flow.indexers]) {
      const own = monitoring && portMonitoring !== null
        ? this.#page(flow, portMonitoring, `executor '${name}'`)
        : null;
      const set = own ?? main;
      if (set) this.#executors.set(name, set);
      else if (monitoring) {
        // Jina would take a random port, which nobody could find.
        log.warn(`Executor '${name}' has 'monitoring' without 'port_monitoring': no page shows it`);
      }
    }
    const counted = this.#pages.length === 0 ? NO_REQUEST_OBSERVER : requestMetrics({
      gateway: main ?? undefined,
      executors: this.#executors,
      endpoints: new EndpointLabels(Object.keys(gateway.exposeEndpoints)),
      protocols: [...new Set(gateway.listeners.map(({ protocol }) => protocol))],
    });
    const logged = requestLog(log, gateway);
    this.#flush = logged.flush;
    this.#tracing = tracing;
    const heard = observeBoth(counted, logged.observer);
    // First: the log has the trace's id in its lines.
    this.requests = tracing ? observeBoth(tracing.observer, heard) : heard;
  }

  /** Where pages are served. */
  get addresses(): readonly { host: string; port: number }[] {
    return this.#servers.map(({ host, port }) => ({ host, port }));
  }

  /**
   * Opens the pages' ports.
   * @throws {ClipError} "unavailable" if one of them cannot be had; none is left open then.
   */
  async open(): Promise<void> {
    try {
      for (const { set, host, port, whose } of this.#pages) {
        this.#servers.push(serveMetrics(set, host, port, whose, () => this.#ready()));
      }
    } catch (thrown) {
      await this.close(0);
      throw thrown;
    }
    const first = this.#pages[0];
    if (!first) return;
    const { set } = first;
    set.gauge("clipline_build_info")
      .set({ version: VERSION, deno: Deno.version.deno, target: Deno.build.target }, 1);
    set.gauge("clipline_ready").set(0);
    set.gauge("clipline_queue_seconds").set(0);
    this.#stopSampling = watchProcess(set);
  }

  /** The observer of an executor's engine. */
  engine(name: string): EngineObserver {
    const set = this.#executors.get(name);
    const counted = set ? engineMetrics(set, name) : NO_OBSERVER;
    return observeEngineBoth(counted, engineLog(this.#log.child(name)));
  }

  /** The observer of an indexer. */
  index(name: string): IndexObserver {
    const set = this.#executors.get(name);
    const counted = set ? indexMetrics(set, name) : NO_INDEX_OBSERVER;
    return observeIndexBoth(counted, indexLog(this.#log.child(name)));
  }

  /** Shows what has started, and from now on whether the server is ready. */
  watch(
    executors: readonly Executor[],
    indexers: readonly Indexer[],
    ready: () => boolean,
  ): void {
    for (const { name, description, encoder } of executors) {
      const set = this.#executors.get(name);
      if (!set) continue;
      const { model = "", runtime = "", provider = "", dtype = "" } = description;
      watchEngine(set, name, { model, runtime, provider, dtype }, () => encoder.state);
    }
    for (const indexer of indexers) {
      const set = this.#executors.get(indexer.name);
      if (set) watchIndex(set, indexer.name, () => stateOf(indexer));
    }
    this.#ready = ready;
    const first = this.#pages[0]?.set;
    first?.onScrape(() => {
      first.gauge("clipline_ready").set(ready() ? 1 : 0);
      first.gauge("clipline_queue_seconds").set(queueSeconds(executors));
    });
  }

  /** Shows how many faults nobody caught. */
  watchUncaught(uncaught: () => number): void {
    const set = this.#pages[0]?.set;
    if (!set) return;
    const counter = set.counter("clipline_uncaught_errors_total");
    counter.inc(0);
    let counted = 0;
    set.onScrape(() => {
      const now = uncaught();
      counter.inc(now - counted);
      counted = now;
    });
  }

  /**
   * Sends what is left of traces, and closes the pages: the last thing that a server does, so that its
   * end can be watched.
   * @param limitMs how long a collector is waited for.
   */
  async close(limitMs: number): Promise<void> {
    this.#stopSampling();
    this.#flush();
    await this.#tracing?.close(limitMs);
    await Promise.all(this.#servers.splice(0).map((server) => server.close()));
  }

  #page(flow: FlowConfig, port: number, whose: string): MetricSet {
    const { host } = flow.gateway;
    const shared = this.#pages.find((page) => page.port === port && port !== 0);
    if (shared) return shared.set;
    const page = { set: new MetricSet(), host, port, whose };
    this.#pages.push(page);
    return page.set;
  }
}

/** The longest that an item would wait anywhere that came now, in seconds. */
function queueSeconds(executors: readonly Executor[]): number {
  const waits = executors.flatMap(({ encoder }) => Object.values(encoder.state.expectedWaitMs));
  return Math.max(0, ...waits) / 1000;
}

/** What an index is like now; undefined if it cannot say: a scrape does not wait for a database. */
async function stateOf(indexer: Indexer): Promise<IndexerState | undefined> {
  const { waiting } = indexer;
  try {
    const { documents, pending } = await indexer.status(AbortSignal.timeout(STATUS_MS));
    return { documents, pending, waiting };
  } catch {
    return undefined;
  }
}
