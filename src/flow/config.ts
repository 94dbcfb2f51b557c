/** A flow once it is read: what the rest of the server is built from. */
import type { ApiKeyConfig, ApiKeyFile } from "./api_keys.ts";
import type { ENCODER_KEYS, EXECUTOR_KEYS, RuntimeName } from "./executor_keys.ts";
import type { GATEWAY_KEYS } from "./gateway_keys.ts";
import type { SectionValue } from "./key.ts";
import type { Listener } from "./listeners.ts";
import type { Places } from "./places.ts";

/** Certificate and key of the gateway, as absolute paths of PEM files. */
export interface TlsConfig {
  certFile: string;
  keyFile: string;
  keyPassword: string | null;
  /** Those who issue certificates to clients; `null` asks clients for none. */
  clientCaFile: string | null;
}

/**
 * `with:` of the flow: every key of `GATEWAY_KEYS` in camel case, except that protocols and ports
 * are paired in `listeners`, the TLS keys are in `tls`, and a time that is not limited is `null`.
 */
export type GatewayConfig =
  & Omit<
    SectionValue<typeof GATEWAY_KEYS>,
    | "protocol"
    | "port"
    | "sslCertfile"
    | "sslKeyfile"
    | "sslClientCa"
    | "timeoutSend"
    | "apiKeys"
    | "tracing"
    | "tracesExporterHost"
    | "tracesExporterPort"
  >
  & {
    /** At least one. */
    listeners: Listener[];
    tls: TlsConfig | null;
    /** `null` lets everybody in. */
    apiKeys: (ApiKeyConfig | ApiKeyFile)[] | null;
    /** Milliseconds a request may take, or `null`. */
    timeoutSendMs: number | null;
    /** What the gateway's own section says of it. */
    tracing: TracingConfig;
  };

/** What a flow says of tracing: Jina's keys. */
export interface TracingConfig {
  /** `null` leaves it to the environment. */
  wanted: boolean | null;
  /** The collector's host, with `http://` or `https://` before it or without; `null` if unsaid. */
  host: string | null;
  port: number | null;
}

/** `uses.with` of an executor: every key of `ENCODER_KEYS` in camel case. */
export type EncoderConfig = Omit<SectionValue<typeof ENCODER_KEYS>, "replicas">;

/** One entry of `executors:`. */
export type ExecutorConfig =
  & Omit<
    SectionValue<typeof EXECUTOR_KEYS>,
    "name" | "replicas" | "timeoutReady" | "pyModules"
  >
  & {
    /** Unique in the flow. */
    name: string;
    replicas: number;
    /** Milliseconds the model may take to load, or `null`. */
    timeoutReadyMs: number | null;
    runtime: RuntimeName;
    encoder: EncoderConfig;
  };

/** `uses.with` of an indexer: how it keeps documents, and finds them. */
export interface IndexSettings {
  /** Numbers of an embedding (`n_dim`, `dim`); `null` takes the model's. */
  dimensions: number | null;
  metric: "cosine" | "euclidean" | "inner_product";
  /** Hits of a query if the request does not say. */
  limit: number;
  /** Whether hits are whole documents if the request does not say, or ids with scores. */
  includeMetadata: boolean;
  /** What filters may ask about. */
  columns: Readonly<Record<string, "str" | "int" | "float">>;
  /** Which documents of a tree are kept, and which are queries; each begins with `@`. */
  indexAccessPaths: string;
  searchAccessPaths: string;
  /** Of the HNSW graph: candidates while it is built, candidates of a search, neighbours of a vector. */
  efConstruction: number;
  efSearch: number;
  maxConnection: number;
  /** Documents that may wait to be written. */
  maxQueue: number;
}

/** Where an indexer keeps documents: a folder of this machine, or a table of a PostgreSQL. */
export type IndexStore =
  | { kind: "embedded"; folder: string }
  | { kind: "postgres"; url: string; table: string; poolSize: number };

/** One entry of `executors:` that keeps documents: `AnnLiteIndexer`. */
export interface IndexerConfig {
  /** Unique in the flow, among encoders too. */
  name: string;
  /** The encoder whose embeddings it keeps. */
  encoder: string;
  monitoring: boolean;
  portMonitoring: number | null;
  /** Milliseconds the index may take to open, or `null`. */
  timeoutReadyMs: number | null;
  /** What it says of tracing, in the words of {@linkcode ExecutorConfig}. */
  tracing: boolean;
  tracesExporterHost: string | null;
  tracesExporterPort: number | null;
  index: IndexSettings;
  store: IndexStore;
  /** Where its keys stand. */
  places: Places;
}

/** A whole flow. */
export interface FlowConfig {
  gateway: GatewayConfig;
  /** The encoders: at least one, in the order of the file. */
  executors: ExecutorConfig[];
  /** What keeps their embeddings: at most one for each of them. */
  indexers: IndexerConfig[];
  /** Whether requests are traced, and who is told: of the gateway, else of an executor or indexer. */
  tracing: TracingConfig;
  /** What was passed over, each `file.yml:LINE:COL: key: why`. */
  warnings: string[];
  /** Where the gateway's keys stand. */
  places: Places;
}
