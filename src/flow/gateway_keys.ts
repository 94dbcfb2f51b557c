/** The keys of a flow's `with:` (and of `gateway:`, which newer Jina has for the same). */
import { DENO_LIMITS } from "./http_server.ts";
import { z } from "zod";
import { apiKeys } from "./api_keys.ts";
import { choice, flag, integer, list, mapping, path, text, variables } from "./key.ts";
import { LIMIT_KEYS } from "./limit_keys.ts";
import { origins } from "./origins_key.ts";
import { TRACING_KEYS } from "./tracing_keys.ts";

/** The protocols a gateway may speak. */
export const PROTOCOLS = ["grpc", "http", "websocket"] as const;
/** A protocol of a gateway. */
export type Protocol = (typeof PROTOCOLS)[number];

/** What clients may speak, beside health checks. */
export const APIS = [
  "jina",
  "openai",
  "infinity",
  "cohere",
  "voyage",
  "tei",
  "oip",
  "weaviate",
  "immich",
  "qdrant",
] as const;
/** A family of clients. */
export type ApiName = (typeof APIS)[number];

/** Other names of theirs. */
const API_SYNONYMS = {
  "clip-as-service": "jina",
  vllm: "openai",
  jinaai: "openai",
  voyageai: "voyage",
  "text-embeddings-inference": "tei",
  huggingface: "tei",
  kserve: "oip",
  triton: "oip",
} as const;

const MAX_PORT = 65_535;
/** Two weeks; timers count milliseconds in 31 bits. */
const MAX_CONNECTION_MS = 14 * 24 * 3600 * 1000;

/** Where a gateway listens if the flow does not say: the port of clip_server's own flows. */
export const DEFAULT_PORT = 51_000;

const ABSOLUTE = /^\//;
const METHOD = /^(GET|PUT|POST|DELETE|PATCH|OPTIONS|HEAD)$/i;

/** What an entry of `expose_endpoints` may say, after Jina's HTTP gateway (FastAPI's route options). */
const exposedEndpoint = z.looseObject({
  http_path: z.string().regex(ABSOLUTE).optional(),
  path: z.string().regex(ABSOLUTE).optional(),
  methods: z.array(z.string().regex(METHOD)).min(1).optional(),
  summary: z.string().optional(),
  name: z.string().optional(),
  description: z.string().optional(),
  tags: z.array(z.string()).optional(),
  operation_id: z.string().optional(),
  deprecated: z.boolean().optional(),
  include_in_schema: z.boolean().optional(),
});

/** `with:` of the flow. */
export const GATEWAY_KEYS = {
  protocol: list({
    doc: "What the gateway speaks: `grpc`, `http`, `websocket`, or a list of several. Each has a " +
      "port of its own, except that `http` and `websocket` may share one.",
    aliases: ["protocols"],
    item: choice({ doc: "", words: PROTOCOLS, synonyms: { ws: "websocket" }, default: null }),
    default: ["grpc"],
    some: true,
  }),
  port: list({
    doc: "The port, or a list with one for each protocol in the same order; 0 lets the system " +
      `choose. If it is not given, the first protocol has ${DEFAULT_PORT} and the next ones the ` +
      "numbers after it (Jina takes a random one).",
    aliases: ["ports", "port_expose"],
    item: integer({ doc: "", min: 0, max: MAX_PORT, default: null }),
    default: null,
  }),
  apis: list({
    doc: "Whose clients are served: clip-as-service's (`jina`), and those of the other families, " +
      "side by side on the same ports. What is not named has no routes. Over gRPC there are `jina` " +
      "and `oip`, over WebSocket `jina` alone.",
    item: choice({ doc: "", words: APIS, synonyms: API_SYNONYMS, default: null }),
    default: APIS,
    some: true,
  }),
  host: text({
    doc: "The address to listen on. `127.0.0.1` keeps the server to this machine.",
    default: "0.0.0.0",
  }),
  cors: origins({
    doc: "The origins of web pages that may use the HTTP gateway and WebSockets, like " +
      "`[https://example.com]`; `true` is pages of any origin, `false` only those that come from " +
      "here. Cookies and passwords that a browser keeps are never asked for. Jina lets every origin " +
      "send those, too.",
    default: false,
  }),
  prefetch: integer({
    doc:
      "How many requests may be inside the server at a time, and how many of one stream; 0 is no " +
      "limit. The others wait for a place, as long as `max_wait_ms` and as many as `max_queue` " +
      "allow, and streams are not read meanwhile. A client that asks for fewer of its stream gets " +
      "fewer.",
    min: 0,
    max: 1_000_000,
    default: 1000,
  }),
  timeout_send: integer({
    doc: "Milliseconds a request may take before it fails; -1 is no limit.",
    min: -1,
    default: -1,
  }),
  ssl_certfile: path({
    doc:
      "The certificate chain in PEM, which turns TLS on for every protocol. Needs `ssl_keyfile`.",
    kind: "file",
  }),
  ssl_keyfile: path({
    doc: "The private key of `ssl_certfile`, in PEM.",
    kind: "file",
  }),
  ssl_client_ca: path({
    doc:
      "The certificates of those who issue certificates to clients, in PEM. With it every protocol " +
      "takes only connections of clients that show one of theirs (mutual TLS), health checks " +
      "included. Needs `ssl_certfile`, and `http_server: node`.",
    kind: "file",
  }),
  api_keys: apiKeys({
    doc:
      "The keys of which a request must show one, as `Authorization: Bearer KEY`, `x-api-key` or " +
      "`api-key`; without any, everybody may come. An entry is a key, a mapping of `key`, a `name` " +
      "for the log and the metrics, a `rate` in documents a second with its `burst`, and a `share` " +
      "of the queue; or `{file: PATH}` of such keys, one a line. docs/security.md says more.",
  }),
  compression: choice({
    doc:
      "The compression of answers, by Jina's names, where the client says that it accepts it. Without it HTTP answers are packed from 1 MiB on. " +
      "What a client may send compressed does not depend on it.",
    words: ["NoCompression", "Deflate", "Gzip"],
    synonyms: { none: "NoCompression" },
    default: "NoCompression",
  }),
  http_server: choice({
    doc:
      "What HTTP and WebSocket are served by. `deno` is `Deno.serve`: cheaper for small requests, " +
      `but (Deno 2.9.6) ${DENO_LIMITS}.`,
    words: ["node", "deno"],
    default: "node",
  }),
  max_connection_age_ms: integer({
    doc:
      "Milliseconds after which a gRPC client is asked to connect anew, a tenth more or less so that " +
      "not all do at once; 0 never asks. Behind a load balancer it lets long connections move to " +
      "servers that were added. Calls under way are finished, new ones go to the new connection.",
    min: 0,
    max: MAX_CONNECTION_MS,
    default: 0,
  }),
  max_connection_age_grace_ms: integer({
    doc:
      "Milliseconds that a connection of that age has for the calls under way before it is closed; " +
      "0 is as long as they take.",
    min: 0,
    max: MAX_CONNECTION_MS,
    default: 0,
  }),
  min_ping_interval_ms: integer({
    doc:
      "Milliseconds that a gRPC client must wait between keep-alive pings while nothing is answered. " +
      "The third one that comes too early ends the connection with `too_many_pings`; 0 lets clients " +
      "ping as they like. Jina's own clients ping every ten seconds.",
    min: 0,
    max: MAX_CONNECTION_MS,
    default: 5000,
  }),
  access_log: flag({
    doc: "A line in the log for each request, whatever becomes of it: who asks, for what, the " +
      "outcome, bytes and milliseconds. docs/monitoring.md shows it.",
    default: false,
  }),
  strict_fields: flag({
    doc: "Refuse requests with fields (of JSON) or parameters that mean nothing here. Without it " +
      "they are passed over, and those that look misspelt are told in the log, each once.",
    default: false,
  }),
  any_model_name: flag({
    doc: "Let the first executor serve requests that name a model which is not here, instead of " +
      "refusing them as not found: for clients that were set up for another server of one model, " +
      "whose name nobody looked at.",
    default: false,
  }),
  monitoring: flag({
    doc: "Serve Prometheus metrics on `port_monitoring`, and at `/metrics` of the HTTP port " +
      "unless `no_debug_endpoints` is set.",
    default: false,
  }),
  port_monitoring: integer({
    doc: "The port of the metrics (`GET /` and `GET /metrics`). Jina takes a random one.",
    min: 0,
    max: MAX_PORT,
    default: 9090,
  }),
  ...TRACING_KEYS,
  uri_trace_context: flag({
    doc: "Tell the servers that a `uri` is fetched from which trace it belongs to (the header " +
      "`traceparent`). Who they are the clients choose, so it is for clients that are trusted.",
    default: false,
  }),
  title: text({
    doc: "The title of the HTTP gateway in `/openapi.json` and `/docs`.",
    default: null,
  }),
  description: text({
    doc: "The description of the HTTP gateway in `/openapi.json` and `/docs`, as Markdown.",
    default: null,
  }),
  no_debug_endpoints: flag({
    doc:
      "Take `/status`, `/post` and the playground, which uses both, away from the HTTP gateway, and " +
      "`/metrics`. " +
      "Clients of Jina before 3.15 send everything to `/post` and are answered 404 then; later " +
      "ones find `/encode`, `/rank` and the paths of the models in `/openapi.json`, but nothing " +
      "for the endpoint `/`. `/dry_run`, the health checks and `/docs` stay.",
    default: false,
  }),
  no_crud_endpoints: flag({
    doc:
      "Take `/index`, `/search`, `/update`, `/delete` and the rest of an indexer away from the " +
      "HTTP gateway; gRPC, WebSocket and `/post` still lead there.",
    default: false,
  }),
  expose_endpoints: mapping({
    doc:
      "More HTTP routes: a mapping (or its JSON) of an executor's endpoint to `http_path` (the " +
      "endpoint itself if it is not given), `methods` (`[POST]`), and what the description says of " +
      "it: `summary`, `description`, `tags`, `operation_id`, `deprecated`, `include_in_schema`.",
    schema: z.record(z.string().regex(ABSOLUTE), exposedEndpoint).default({}),
    expected:
      "a mapping of endpoints like '/rank' to {http_path, methods, summary, tags}, or its JSON",
  }),
  env: variables({
    doc: "Environment variables for the whole server, set before it starts.",
  }),
  ...LIMIT_KEYS,
};

/** `with.uvicorn_kwargs`: Jina hands these to its web server; only the TLS ones mean something here. */
export const UVICORN_KEYS = {
  ssl_keyfile_password: text({
    doc: "The password of `ssl_keyfile`.",
    default: null,
    secret: true,
  }),
  ssl_certfile: path({
    doc: "The same as `with.ssl_certfile`, which wins over it.",
    kind: "file",
  }),
  ssl_keyfile: path({
    doc: "The same as `with.ssl_keyfile`, which wins over it.",
    kind: "file",
  }),
};
