/** The environment variables that the server reads, for `--help` and the reference page. */

/** One variable. */
export interface EnvironmentVariable {
  name: string;
  doc: string;
}

/** Every variable, in the order of the help text. */
export const ENVIRONMENT: readonly EnvironmentVariable[] = [
  {
    name: "JINA_LOG_LEVEL",
    doc: "How much is logged: DEBUG, INFO (default), SUCCESS, WARNING, ERROR or CRITICAL.",
  },
  {
    name: "LOG_FORMAT",
    doc: "`json` makes each line of the log, and the banner, a JSON object; `text` is the default.",
  },
  { name: "NO_COLOR", doc: "Set to anything: no colours in the log." },
  {
    name: "CLIPLINE_CACHE",
    doc: "The folder of downloaded models and built graphs; default `~/.cache/clipline`.",
  },
  {
    name: "CLIPLINE_API_KEY",
    doc: "The API key that the commands send to servers; `--api-key` wins over it.",
  },
  {
    name: "CLIPLINE_WORKSPACE",
    doc: "The folder of indexes whose flow says no `workspace`; default `./workspace`.",
  },
  {
    name: "SHUTDOWN_DELAY",
    doc:
      "Seconds that the server, not ready any more, still serves after SIGTERM, to 3600; default 0.",
  },
  {
    name: "SHUTDOWN_GRACE",
    doc: "Seconds that requests inside may take to finish after that, to 3600; default 30.",
  },
  {
    name: "OTEL_EXPORTER_OTLP_ENDPOINT",
    doc: "Where traces of requests go, as http://collector:4318; with OpenTelemetry's others.",
  },
  {
    name: "CLIPLINE_MIRROR",
    doc: "Asked for models instead of every public host, as `<mirror>/<host>/<path>`.",
  },
  { name: "CLIPLINE_OFFLINE", doc: "`1`: download nothing; also HF_HUB_OFFLINE." },
  { name: "HF_TOKEN", doc: "Sent to the Hugging Face hub, for models that need one." },
  { name: "HF_ENDPOINT", doc: "The Hugging Face hub or a mirror of it, to download models from." },
  { name: "HTTPS_PROXY", doc: "The proxy for downloads; also HTTP_PROXY and NO_PROXY." },
  {
    name: "CUDA_VISIBLE_DEVICES",
    doc: "The GPUs to use: `2`, `0,1`, or `RR` (`RR0:2`) to deal them to the replicas in turn.",
  },
  {
    name: "CUDA_TOTAL_DEVICES",
    doc: "How many GPUs `RR` deals, whatever the driver counts.",
  },
];
