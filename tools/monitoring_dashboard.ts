/** The Grafana dashboard: its panels, and the JSON that Grafana imports. */

/** One line, bar or number of a panel. */
interface Target {
  /** PromQL. `$job` and `$executor` are the dashboard's variables. */
  expr: string;
  legend: string;
}

interface Panel {
  title: string;
  description: string;
  type: "timeseries" | "stat" | "piechart";
  unit: string;
  /** In columns of 24. */
  width: number;
  targets: Target[];
}

interface Row {
  title: string;
  panels: Panel[];
}

const JOB = `job=~"$job"`;
const EXECUTOR = `job=~"$job",executor=~"$executor"`;
const RATE = "[$__rate_interval]";

/** Quantiles of a histogram, one line each. */
function quantiles(metric: string, selector: string, by: string): Target[] {
  return [0.5, 0.95, 0.99].map((quantile) => ({
    expr: `histogram_quantile(${quantile}, sum by (${
      ["le", by].filter(Boolean).join(", ")
    }) (rate(${metric}_bucket{${selector}}${RATE})))`,
    legend: `p${Math.round(100 * quantile)}${by === "" ? "" : ` {{${by}}}`}`,
  }));
}

/** The mean of a histogram or summary over the window. */
function mean(metric: string, selector: string, by: string, legend = `{{${by}}}`): Target {
  const part = (suffix: string) =>
    by === ""
      ? `sum(rate(${metric}_${suffix}{${selector}}${RATE}))`
      : `sum by (${by}) (rate(${metric}_${suffix}{${selector}}${RATE}))`;
  return { expr: `${part("sum")} / ${part("count")}`, legend };
}

function perSecond(metric: string, selector: string, by: string, legend = `{{${by}}}`): Target {
  return { expr: `sum by (${by}) (rate(${metric}{${selector}}${RATE}))`, legend };
}

function chart(
  title: string,
  description: string,
  unit: string,
  targets: Target[],
  width = 8,
): Panel {
  return { title, description, type: "timeseries", unit, width, targets };
}

function stat(title: string, description: string, unit: string, target: Target): Panel {
  return { title, description, type: "stat", unit, width: 4, targets: [target] };
}

/** Everything on the dashboard. */
export const ROWS: readonly Row[] = [
  {
    title: "Overview",
    panels: [
      stat("Ready", "1 while requests are taken", "none", {
        expr: `min(clipline_ready{${JOB}})`,
        legend: "ready",
      }),
      stat("Replicas ready", "Of those the flow asks for", "percentunit", {
        expr: `sum(clipline_replicas_ready{${EXECUTOR}}) / sum(clipline_replicas{${EXECUTOR}})`,
        legend: "ready",
      }),
      stat("Embeddings", "Texts and images computed", "ops", {
        expr: `sum(rate(clipline_embeddings_total{${EXECUTOR}}${RATE}))`,
        legend: "embeddings",
      }),
      stat("Requests in flight", "Arrived, not answered", "none", {
        expr: `sum(clipline_requests_in_flight{${JOB}})`,
        legend: "in flight",
      }),
      stat("Requests that are not ok", "Share of all, failed and refused", "percentunit", {
        expr: `1 - sum(rate(clipline_requests_total{${JOB},outcome="ok"}${RATE})) / ` +
          `sum(rate(clipline_requests_total{${JOB}}${RATE}))`,
        legend: "not ok",
      }),
      stat("Memory", "Resident memory of the process", "bytes", {
        expr: `sum(process_resident_memory_bytes{${JOB}})`,
        legend: "RSS",
      }),
    ],
  },
  {
    title: "Requests",
    panels: [
      chart("Requests", "Ended requests by protocol and endpoint", "reqps", [
        perSecond(
          "clipline_requests_total",
          JOB,
          "protocol, endpoint",
          "{{protocol}} {{endpoint}}",
        ),
      ]),
      chart("Outcomes other than ok", "failed: the answer itself says why", "reqps", [
        perSecond("clipline_requests_total", `${JOB},outcome!="ok"`, "outcome"),
      ]),
      chart("In flight", "By protocol", "none", [
        {
          expr: `sum by (protocol) (clipline_requests_in_flight{${JOB}})`,
          legend: "{{protocol}}",
        },
      ]),
      chart(
        "Latency",
        "From arrival to answer, all outcomes",
        "s",
        quantiles("clipline_request_seconds", JOB, ""),
      ),
      chart("Documents", "Of the requests that were read", "ops", [
        perSecond("clipline_request_documents_total", JOB, "endpoint"),
      ]),
      chart("Bytes", "Unpacked requests and uncompressed answers", "Bps", [
        perSecond("clipline_request_bytes_total", JOB, "protocol", "{{protocol}} in"),
        perSecond("clipline_response_bytes_total", JOB, "protocol", "{{protocol}} out"),
      ]),
    ],
  },
  {
    title: "Engine",
    panels: [
      chart("Embeddings", "Items that replicas computed", "ops", [
        perSecond("clipline_embeddings_total", EXECUTOR, "modality"),
      ]),
      chart("Busy share of the sessions", "1: the replica computes all the time", "percentunit", [
        perSecond(
          "clipline_replica_busy_seconds_total",
          EXECUTOR,
          "executor, replica",
          "{{executor}}/{{replica}}",
        ),
      ]),
      chart("Queue", "Items that wait or are prepared, and items in replicas", "none", [
        {
          expr: `sum by (modality) (clipline_queue_items{${EXECUTOR}})`,
          legend: "{{modality}} waiting",
        },
        { expr: `sum(clipline_running_items{${EXECUTOR}})`, legend: "in replicas" },
      ]),
      chart(
        "Expected wait",
        "Of an item that came now; the longest of each server is what an autoscaler goes by",
        "s",
        [
          {
            expr: `max by (modality) (clipline_expected_wait_seconds{${EXECUTOR}})`,
            legend: "{{modality}}",
          },
          { expr: `max(clipline_queue_seconds{${JOB}})`, legend: "longest" },
        ],
      ),
      chart(
        "Wait",
        "From an item's arrival to its replica",
        "s",
        quantiles("clipline_wait_seconds", EXECUTOR, "modality"),
      ),
      chart("Minibatches", "Mean number of items", "none", [
        mean("clipline_batch_items", EXECUTOR, "modality"),
      ]),
      chart(
        "Fill and padding",
        "Share of minibatch_size used; share of tokens wasted",
        "percentunit",
        [
          mean("clipline_batch_fill_ratio", EXECUTOR, "modality", "fill {{modality}}"),
          mean("clipline_text_padding_ratio", EXECUTOR, "", "padding of texts"),
        ],
      ),
      chart(
        "Preprocessing",
        "Time of one image, or of up to 32 texts",
        "s",
        quantiles("clipline_preprocess_seconds", EXECUTOR, "modality"),
      ),
      chart(
        "Computing",
        "Time of one minibatch",
        "s",
        quantiles("clipline_compute_seconds", EXECUTOR, "modality"),
      ),
      chart("Preprocessed", "Items prepared or found broken", "ops", [
        perSecond("clipline_preprocessed_items_total", EXECUTOR, "modality"),
      ]),
      chart("Saved work", "Cache hits over lookups; items merged with equal ones", "percentunit", [
        {
          expr: `sum(rate(clipline_cache_lookups_total{${EXECUTOR},result="hit"}${RATE})) / ` +
            `sum(rate(clipline_cache_lookups_total{${EXECUTOR}}${RATE}))`,
          legend: "cache hits",
        },
        {
          expr: `sum(rate(clipline_merged_items_total{${EXECUTOR}}${RATE})) / ` +
            `(sum(rate(clipline_merged_items_total{${EXECUTOR}}${RATE})) + ` +
            `sum(rate(clipline_embeddings_total{${EXECUTOR}}${RATE})))`,
          legend: "merged",
        },
      ]),
      chart("Refused items", "The queue was full, by the bound", "ops", [
        perSecond("clipline_rejected_items_total", EXECUTOR, "reason"),
      ]),
      chart("Restarts", "Workers that died", "none", [
        {
          expr: `sum by (kind) (increase(clipline_worker_restarts_total{${EXECUTOR}}${RATE}))`,
          legend: "{{kind}}",
        },
      ]),
    ],
  },
  {
    title: "Index",
    panels: [
      chart("Documents", "Kept by each indexer", "none", [
        {
          expr: `sum by (executor) (clipline_index_documents{${EXECUTOR}})`,
          legend: "{{executor}}",
        },
      ]),
      chart("Operations", "Done, waiting included", "ops", [
        perSecond("clipline_index_operation_seconds_count", EXECUTOR, "operation"),
      ]),
      chart(
        "Searches",
        "Time of a search, waiting included",
        "s",
        quantiles("clipline_index_operation_seconds", `${EXECUTOR},operation="search"`, ""),
      ),
      chart("Waiting", "Documents to be written and requests; documents not in the graph", "none", [
        { expr: `sum(clipline_index_waiting{${EXECUTOR}})`, legend: "waiting" },
        { expr: `sum(clipline_index_pending{${EXECUTOR}})`, legend: "not in the graph" },
      ]),
      chart("Failures", "Operations that failed though nothing was wrong with them", "ops", [
        perSecond("clipline_index_failures_total", EXECUTOR, "reason"),
      ]),
    ],
  },
  {
    title: "Process",
    panels: [
      chart("Memory", "Resident memory; input that items inside hold", "bytes", [
        { expr: `process_resident_memory_bytes{${JOB}}`, legend: "RSS" },
        { expr: `sum(clipline_held_bytes{${EXECUTOR}})`, legend: "held input" },
      ]),
      chart("CPU", "Cores in use", "none", [
        { expr: `rate(process_cpu_seconds_total{${JOB}}${RATE})`, legend: "cores" },
      ]),
      chart(
        "Lag of the main thread",
        "How late timers are",
        "s",
        quantiles("clipline_event_loop_lag_seconds", JOB, ""),
      ),
    ],
  },
  {
    title: "Jina's names",
    panels: [
      {
        title: "Life cycle of a request",
        description: "Mean times of the stages, as on clip_server's dashboard",
        type: "piechart",
        unit: "s",
        width: 8,
        targets: [
          "jina_preprocess_texts_seconds",
          "jina_preprocess_images_seconds",
          "jina_encode_texts_seconds",
          "jina_encode_images_seconds",
        ].map((name) =>
          mean(name, JOB, "", name.replace(/^jina_(.*)_seconds$/, "$1").replace("_", " "))
        ),
      },
      chart("Receiving", "Mean of successful requests", "s", [
        mean("jina_receiving_request_seconds", JOB, "runtime_name"),
      ]),
      chart("Documents processed", "By endpoint", "ops", [
        perSecond("jina_document_processed_total", JOB, "executor_endpoint"),
      ]),
    ],
  },
];

/** The dashboard as Grafana (9 and newer) imports it. */
export function dashboard(): Record<string, unknown> {
  const panels: Record<string, unknown>[] = [];
  let y = 0;
  for (const row of ROWS) {
    panels.push({
      id: panels.length + 1,
      type: "row",
      title: row.title,
      gridPos: at(0, y++, 24, 1),
    });
    let x = 0;
    let height = 0;
    for (const panel of row.panels) {
      if (x + panel.width > 24) {
        x = 0;
        y += height;
      }
      height = panel.type === "stat" ? 4 : 8;
      panels.push({
        id: panels.length + 1,
        ...panelJson(panel),
        gridPos: at(x, y, panel.width, height),
      });
      x += panel.width;
    }
    y += height;
  }
  return {
    __inputs: [{
      name: "DS_PROMETHEUS",
      label: "Prometheus",
      type: "datasource",
      pluginId: "prometheus",
      pluginName: "Prometheus",
    }],
    title: "clipline",
    uid: "clipline",
    description: "CLIP embeddings server: requests, engine and process",
    tags: ["clip", "clipline"],
    schemaVersion: 36,
    editable: true,
    refresh: "10s",
    time: { from: "now-30m", to: "now" },
    templating: {
      list: [
        variable("job", "label_values(clipline_replicas, job)"),
        variable("executor", `label_values(clipline_replicas{${JOB}}, executor)`),
      ],
    },
    panels,
  };
}

function at(x: number, y: number, w: number, h: number) {
  return { x, y, w, h };
}

const DATASOURCE = { type: "prometheus", uid: "${DS_PROMETHEUS}" };

function panelJson({ title, description, type, unit, targets }: Panel): Record<string, unknown> {
  return {
    type,
    title,
    description,
    datasource: DATASOURCE,
    fieldConfig: { defaults: { unit, min: 0 }, overrides: [] },
    ...(type === "piechart" ? { options: { reduceOptions: { calcs: ["lastNotNull"] } } } : {}),
    targets: targets.map(({ expr, legend }, index) => ({
      refId: String.fromCharCode(65 + index),
      datasource: DATASOURCE,
      expr,
      legendFormat: legend,
    })),
  };
}

function variable(name: string, query: string) {
  return {
    name,
    type: "query",
    datasource: DATASOURCE,
    definition: query,
    query: { query, refId: name },
    includeAll: true,
    multi: true,
    refresh: 2,
    sort: 1,
    current: { text: "All", value: "$__all" },
  };
}
