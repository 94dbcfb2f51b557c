/** Counts requests: at the gateways by protocol, and at the executors as Jina does. */
import {
  type Caller,
  NO_REQUEST_OBSERVER,
  type Outcome,
  type Protocol,
  type RequestObserver,
  type RequestWatch,
} from "./request_observer.ts";
import { type EndpointLabels, UNREAD } from "./endpoint_label.ts";
import { runtimeName } from "./engine_metrics.ts";
import type { MetricSet } from "./metric_set.ts";

/** The class that Jina's metrics name. */
const EXECUTOR_CLASS = "CLIPEncoder";

const GATEWAY = { runtime_name: runtimeName("gateway") };

/** Where requests are counted. */
export interface RequestMetricsOptions {
  /** The page of the gateway, if it is monitored. */
  gateway: MetricSet | undefined;
  /** The pages of the executors that are monitored, by name in the flow. */
  executors: ReadonlyMap<string, MetricSet>;
  endpoints: EndpointLabels;
  /** Protocols that are served: they begin at 0. */
  protocols: readonly Protocol[];
}

/** An observer that counts. */
export function requestMetrics(options: RequestMetricsOptions): RequestObserver {
  const { gateway, executors, endpoints } = options;
  const watch = gateway && gatewayMetrics(gateway, endpoints, options.protocols);
  /** Series of processed documents that have begun. */
  const begun = new Set<string>();
  for (const [name, set] of executors) {
    const runtime_name = runtimeName(name);
    set.counter("jina_successful_requests_total").inc({ runtime_name }, 0);
    set.counter("jina_failed_requests_total").inc({ runtime_name }, 0);
  }
  return {
    ...NO_REQUEST_OBSERVER,
    arrived: watch ?? NO_REQUEST_OBSERVER.arrived,
    served(executor, endpoint, outcome, documents, ms) {
      if (outcome === "ok") {
        gateway?.summary("jina_sending_request_seconds").observe(GATEWAY, ms / 1000);
      }
      const set = executors.get(executor);
      if (!set) return;
      const runtime_name = runtimeName(executor);
      if (outcome !== "ok") return set.counter("jina_failed_requests_total").inc({ runtime_name });
      const executor_endpoint = endpoints.of(endpoint);
      const labels = { executor: EXECUTOR_CLASS, executor_endpoint, runtime_name };
      set.counter("jina_successful_requests_total").inc({ runtime_name });
      set.summary("jina_receiving_request_seconds").observe({ runtime_name }, ms / 1000);
      // clip_server binds two methods: /rank, and the default one for everything else.
      const method = executor_endpoint === "/rank" ? "/rank" : "/default";
      set.summary("jina_process_request_seconds")
        .observe({ ...labels, executor_endpoint: method }, ms / 1000);
      set.counter("jina_document_processed_total").inc(labels, documents);
      const series = `${runtime_name} ${executor_endpoint}`;
      if (begun.has(series)) return;
      begun.add(series);
      // clip_server's dashboard finds its executors by `_created`, which Python's client adds.
      set.gauge("jina_document_processed_created").set(labels, Date.now() / 1000);
    },
  };
}

function gatewayMetrics(
  set: MetricSet,
  endpoints: EndpointLabels,
  protocols: readonly Protocol[],
): (protocol: Protocol, caller?: Caller) => RequestWatch {
  const requests = set.counter("clipline_requests_total");
  const seconds = set.histogram("clipline_request_seconds");
  const inFlight = set.gauge("clipline_requests_in_flight");
  const documentsRead = set.counter("clipline_request_documents_total");
  const bytesIn = set.counter("clipline_request_bytes_total");
  const bytesOut = set.counter("clipline_response_bytes_total");
  const pending = set.gauge("jina_number_of_pending_requests");
  const successful = set.counter("jina_successful_requests_total");
  const failed = set.counter("jina_failed_requests_total");
  const receiving = set.summary("jina_receiving_request_seconds");
  const received = set.summary("jina_received_request_bytes");
  const sent = set.summary("jina_sent_response_bytes");
  pending.set(GATEWAY, 0);
  successful.inc(GATEWAY, 0);
  failed.inc(GATEWAY, 0);
  for (const protocol of protocols) {
    inFlight.set({ protocol }, 0);
    bytesIn.inc({ protocol }, 0);
    bytesOut.inc({ protocol }, 0);
  }
  const count = keyMetrics(set);
  return (protocol, caller) => {
    const key = caller?.key;
    let documentsOfKey = 0;
    const began = performance.now();
    let endpoint = UNREAD;
    let ended = false;
    inFlight.inc({ protocol });
    pending.inc(GATEWAY);
    return {
      read(name, documents, bytes) {
        endpoint = endpoints.of(name);
        documentsRead.inc({ protocol, endpoint }, documents);
        documentsOfKey = documents;
        bytesIn.inc({ protocol }, bytes);
        received.observe(GATEWAY, bytes);
      },
      answered(outcome: Outcome, bytes: number) {
        if (ended) return;
        ended = true;
        const elapsed = (performance.now() - began) / 1000;
        inFlight.dec({ protocol });
        pending.dec(GATEWAY);
        requests.inc({ protocol, endpoint, outcome });
        seconds.observe({ protocol, endpoint }, elapsed);
        bytesOut.inc({ protocol }, bytes);
        if (key !== undefined) count(key, outcome, documentsOfKey);
        if (outcome !== "ok") return failed.inc(GATEWAY);
        successful.inc(GATEWAY);
        receiving.observe(GATEWAY, elapsed);
        sent.observe(GATEWAY, bytes);
      },
    };
  };
}

/** Counts what has come with an API key. Names are the flow's: no client makes a new one. */
function keyMetrics(set: MetricSet): (key: string, outcome: Outcome, documents: number) => void {
  const requests = set.counter("clipline_key_requests_total");
  const answered = set.counter("clipline_key_documents_total");
  const refused = set.counter("clipline_key_refused_total");
  return (key, outcome, documents) => {
    requests.inc({ key, outcome });
    if (outcome === "ok" || outcome === "failed") answered.inc({ key }, documents);
    if (outcome === "rate_limited") refused.inc({ key });
  };
}
