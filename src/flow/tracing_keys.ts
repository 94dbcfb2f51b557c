/** The keys of Jina's that turn tracing on, of the gateway and of executors. */
import { flag, integer, text } from "./key.ts";

const MAX_PORT = 65_535;

/** `with` and `executors[]`. */
export const TRACING_KEYS = {
  tracing: flag({
    doc: "Send traces of requests to an OpenTelemetry collector. Without the key the environment " +
      "decides (`OTEL_EXPORTER_OTLP_ENDPOINT`); `false` keeps them in whatever it says. The whole " +
      "server is traced if one of its executors is. docs/tracing.md says more.",
    default: false,
  }),
  traces_exporter_host: text({
    doc:
      "The collector's host, as `http://collector` or `collector`; `https://` for TLS. Without " +
      "it what the environment says, else `localhost`.",
    pattern: /^(https?:\/\/)?(\[[\da-f:.]+\]|[^\s/:@?#[\]]+)$/i,
    expected:
      "a host like collector or http://collector; its port stands in 'traces_exporter_port'",
    default: null,
  }),
  traces_exporter_port: integer({
    doc: "The collector's port: 4318 is spoken to in OTLP over HTTP, any other one over gRPC, as " +
      "Jina does. `OTEL_EXPORTER_OTLP_PROTOCOL` says otherwise.",
    min: 1,
    max: MAX_PORT,
    default: null,
  }),
};
