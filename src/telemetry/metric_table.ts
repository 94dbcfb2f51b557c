/**
 * Every metric of the server: its name, type, labels and meaning. The exposition, the types of the
 * code that counts, and `docs/monitoring.md` all follow from this table.
 *
 * Names that begin with `jina_` are those of Jina 3 and clip_server, of the same type and with the
 * same labels (jina/serve/runtimes, clip_server/executors, docs/_static/cas-grafana.json), so that
 * dashboards made for them go on working. Ours begin with `clipline_`; `process_` names are those
 * that every Prometheus client library uses.
 */

/** One metric. */
export interface MetricDefinition {
  type: "counter" | "gauge" | "summary" | "histogram";
  /** One sentence, with the unit. */
  help: string;
  labels: readonly string[];
  /** Upper bounds of a histogram's buckets. */
  buckets?: readonly number[];
}

const LATENCY_S = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];
const INDEX_S = [0.0005, ...LATENCY_S];
const RATIO = [0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1];
const ITEMS = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512];

const RUNTIME = ["runtime_name"] as const;
const JINA_EXECUTOR = ["executor", "executor_endpoint", "runtime_name"] as const;
const EXECUTOR = ["executor"] as const;
const BY_MODALITY = ["executor", "modality"] as const;

/** The metrics that a page of metrics may have. */
export const METRICS = {
  jina_receiving_request_seconds: {
    type: "summary",
    help: "Seconds from the arrival of a request to its answer, successful requests only",
    labels: RUNTIME,
  },
  jina_sending_request_seconds: {
    type: "summary",
    help: "Seconds that the gateway waited for an executor",
    labels: RUNTIME,
  },
  jina_number_of_pending_requests: {
    type: "gauge",
    help: "Requests inside the gateway",
    labels: RUNTIME,
  },
  jina_successful_requests_total: {
    type: "counter",
    help: "Requests that were answered without an error",
    labels: RUNTIME,
  },
  jina_failed_requests_total: {
    type: "counter",
    help: "Requests that were refused or answered with an error",
    labels: RUNTIME,
  },
  jina_received_request_bytes: {
    type: "summary",
    help: "Size of a request as the gateway read it, in bytes",
    labels: RUNTIME,
  },
  jina_sent_response_bytes: {
    type: "summary",
    help: "Size of a successful answer as the gateway wrote it, in bytes",
    labels: RUNTIME,
  },
  jina_process_request_seconds: {
    type: "summary",
    help: "Seconds that the executor's method took for a request, waiting included",
    labels: JINA_EXECUTOR,
  },
  jina_document_processed_total: {
    type: "counter",
    help: "Documents of the requests that the executor served",
    labels: JINA_EXECUTOR,
  },
  jina_document_processed_created: {
    type: "gauge",
    help: "When the counter of processed documents began, in seconds since the epoch",
    labels: JINA_EXECUTOR,
  },
  jina_preprocess_texts_seconds: {
    type: "summary",
    help: "Seconds of tokenizing a group of texts",
    labels: RUNTIME,
  },
  jina_preprocess_images_seconds: {
    type: "summary",
    help: "Seconds of decoding and resizing an image",
    labels: RUNTIME,
  },
  jina_encode_texts_seconds: {
    type: "summary",
    help: "Seconds of computing a minibatch of texts",
    labels: RUNTIME,
  },
  jina_encode_images_seconds: {
    type: "summary",
    help: "Seconds of computing a minibatch of images",
    labels: RUNTIME,
  },

  clipline_build_info: {
    type: "gauge",
    help: "Always 1; the labels say which program runs",
    labels: ["version", "deno", "target"],
  },
  clipline_ready: {
    type: "gauge",
    help: "1 while the server takes requests and every executor has a replica, as /healthz/ready",
    labels: [],
  },
  clipline_uncaught_errors_total: {
    type: "counter",
    help: "Faults of the server's own that nobody caught; each one is to be reported",
    labels: [],
  },
  clipline_requests_total: {
    type: "counter",
    help: "Requests that have ended, by protocol, endpoint and outcome",
    labels: ["protocol", "endpoint", "outcome"],
  },
  clipline_request_seconds: {
    type: "histogram",
    help: "Seconds from the arrival of a request to its end, whatever its outcome",
    labels: ["protocol", "endpoint"],
    buckets: LATENCY_S,
  },
  clipline_requests_in_flight: {
    type: "gauge",
    help: "Requests that have arrived and are not answered",
    labels: ["protocol"],
  },
  clipline_request_documents_total: {
    type: "counter",
    help: "Documents of the requests that were read",
    labels: ["protocol", "endpoint"],
  },
  clipline_request_bytes_total: {
    type: "counter",
    help: "Bytes of the requests that were read, unpacked",
    labels: ["protocol"],
  },
  clipline_response_bytes_total: {
    type: "counter",
    help: "Bytes of the answers, before compression",
    labels: ["protocol"],
  },

  clipline_key_requests_total: {
    type: "counter",
    help: "Requests that have ended, by the name of their API key and outcome",
    labels: ["key", "outcome"],
  },
  clipline_key_documents_total: {
    type: "counter",
    help: "Documents of the requests that were answered, by the name of their API key",
    labels: ["key"],
  },
  clipline_key_refused_total: {
    type: "counter",
    help: "Requests that were refused because their API key's rate or share was used up",
    labels: ["key"],
  },

  clipline_executor_info: {
    type: "gauge",
    help: "Always 1; the labels say what the executor runs, and on what",
    labels: ["executor", "model", "runtime", "provider", "dtype"],
  },
  clipline_replicas: {
    type: "gauge",
    help: "Replicas that the flow asks for",
    labels: EXECUTOR,
  },
  clipline_replicas_ready: {
    type: "gauge",
    help: "Replicas that take work",
    labels: EXECUTOR,
  },
  clipline_replicas_busy: {
    type: "gauge",
    help: "Replicas that hold a minibatch at this moment",
    labels: EXECUTOR,
  },
  clipline_replica_busy_seconds_total: {
    type: "counter",
    help: "Seconds that the replica's session has computed; its rate is the busy share",
    labels: ["executor", "replica"],
  },
  clipline_worker_restarts_total: {
    type: "counter",
    help: "Workers that died and were started anew, by kind",
    labels: ["executor", "kind"],
  },
  clipline_queue_items: {
    type: "gauge",
    help: "Items that wait, are being prepared, or are prepared",
    labels: BY_MODALITY,
  },
  clipline_expected_wait_seconds: {
    type: "gauge",
    help: "Seconds that an item would wait that came now, by the rate that is measured",
    labels: BY_MODALITY,
  },
  clipline_queue_seconds: {
    type: "gauge",
    help:
      "Seconds of work that wait: the longest clipline_expected_wait_seconds of any executor and " +
      "modality, 0 when idle; what an autoscaler goes by",
    labels: [],
  },
  clipline_running_items: {
    type: "gauge",
    help: "Items in the hands of replicas",
    labels: EXECUTOR,
  },
  clipline_held_bytes: {
    type: "gauge",
    help: "Bytes of input that the items inside hold",
    labels: EXECUTOR,
  },
  clipline_rejected_items_total: {
    type: "counter",
    help: "Items that were refused, by the bound that refused them: wait (max_wait_ms), items " +
      "(max_queue) or bytes (max_queue_bytes); a request that was refused unread counts as one",
    labels: ["executor", "reason"],
  },
  clipline_wait_seconds: {
    type: "histogram",
    help: "Seconds from an item's arrival until its minibatch went to a replica",
    labels: BY_MODALITY,
    buckets: LATENCY_S,
  },
  clipline_preprocess_seconds: {
    type: "histogram",
    help: "Seconds of one task of a preprocessing worker: one image, or up to 32 texts",
    labels: BY_MODALITY,
    buckets: LATENCY_S,
  },
  clipline_preprocessed_items_total: {
    type: "counter",
    help: "Items that preprocessing workers have prepared or found broken",
    labels: BY_MODALITY,
  },
  clipline_compute_seconds: {
    type: "histogram",
    help: "Seconds of computing one minibatch",
    labels: BY_MODALITY,
    buckets: LATENCY_S,
  },
  clipline_batch_items: {
    type: "histogram",
    help: "Items of a minibatch",
    labels: BY_MODALITY,
    buckets: ITEMS,
  },
  clipline_batch_fill_ratio: {
    type: "histogram",
    help: "Items of a minibatch over minibatch_size",
    labels: BY_MODALITY,
    buckets: RATIO,
  },
  clipline_text_padding_ratio: {
    type: "histogram",
    help: "Share of a text minibatch's tokens that is padding",
    labels: EXECUTOR,
    buckets: RATIO,
  },
  clipline_embeddings_total: {
    type: "counter",
    help: "Items that replicas have computed",
    labels: BY_MODALITY,
  },
  clipline_cache_lookups_total: {
    type: "counter",
    help: "Items looked up in the cache of embeddings, by result (none if cache_size is 0)",
    labels: ["executor", "result"],
  },
  clipline_merged_items_total: {
    type: "counter",
    help: "Items that joined an equal item under way",
    labels: EXECUTOR,
  },

  clipline_index_documents: {
    type: "gauge",
    help: "Documents that the indexer keeps",
    labels: EXECUTOR,
  },
  clipline_index_pending: {
    type: "gauge",
    help: "Of these, documents that are not in the graph yet: each search looks at every one",
    labels: EXECUTOR,
  },
  clipline_index_waiting: {
    type: "gauge",
    help: "Documents that wait to be written, and other requests that the indexer works on",
    labels: EXECUTOR,
  },
  clipline_index_operation_seconds: {
    type: "histogram",
    help: "Seconds of an operation of the indexer that was done, waiting included",
    labels: ["executor", "operation"],
    buckets: INDEX_S,
  },
  clipline_index_failures_total: {
    type: "counter",
    help: "Operations of the indexer that failed though nothing was wrong with them, by reason: " +
      "overloaded (max_queue), unavailable (database or disk) or backend (a fault of the index)",
    labels: ["executor", "reason"],
  },

  clipline_event_loop_lag_seconds: {
    type: "histogram",
    help: "Seconds by which a timer of the main thread was late, sampled twice a second",
    labels: [],
    buckets: [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2],
  },
  process_resident_memory_bytes: {
    type: "gauge",
    help: "Resident memory of the process, in bytes",
    labels: [],
  },
  process_cpu_seconds_total: {
    type: "counter",
    help: "User and system CPU time of the process, in seconds",
    labels: [],
  },
  process_start_time_seconds: {
    type: "gauge",
    help: "When the process started, in seconds since the epoch",
    labels: [],
  },
} as const satisfies Record<string, MetricDefinition>;

type Table = typeof METRICS;

/** The metrics of a type. */
export type MetricName<T extends MetricDefinition["type"] = MetricDefinition["type"]> = {
  [N in keyof Table]: Table[N]["type"] extends T ? N : never;
}[keyof Table];

/** The labels of a metric. */
export type LabelOf<N extends MetricName> = Table[N]["labels"][number];
