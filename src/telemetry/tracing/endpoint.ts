/**
 * Where spans go, and how they are carried there
 * (https://opentelemetry.io/docs/specs/otel/protocol/exporter/).
 */
import type { EnvironmentReader } from "./environment_reader.ts";

/** How spans are carried. */
export const PROTOCOLS = ["grpc", "http/protobuf", "http/json"] as const;
/** One of them. */
export type ExporterProtocol = (typeof PROTOCOLS)[number];

/** Port of OTLP over gRPC (IANA), and what Jina's flows say. */
export const GRPC_PORT = 4317;
/** Port of OTLP over HTTP. */
const HTTP_PORT = 4318;

/** A collector. */
export interface Target {
  protocol: ExporterProtocol;
  /** Undefined: the exporter takes the environment's. */
  url: string | undefined;
  /** For people to read, without a user's name and password. */
  shownUrl: string;
}

/** Where a variable leads. @returns undefined if that is nowhere, which is told. */
export function endpointOf(name: string, reader: EnvironmentReader): Target | undefined {
  const value = reader.text(name)!;
  const url = URL.parse(value);
  if (url !== null && /^https?:$/.test(url.protocol)) {
    const protocol = protocolOn(Number(url.port), "http/protobuf", reader);
    return protocol === "grpc" ? overGrpc(name, url, reader) : overHttp(name, url, protocol);
  }
  const said = saidProtocol(reader);
  const socket = /^unix:(?:\/\/)?(\/[^?#]+)$/.exec(value)?.[1];
  if (socket !== undefined && (said ?? "grpc") === "grpc") {
    return { protocol: "grpc", url: `unix://${socket}`, shownUrl: `unix:${socket}` };
  }
  // Over gRPC a host and a port will do.
  if (said === "grpc" && url?.protocol !== "unix:" && URL.canParse(`https://${value}`)) {
    return { protocol: "grpc", url: undefined, shownUrl: reader.shown(name) };
  }
  reader.passOver(name, "a URL with http: or https:, so nothing is traced");
  return undefined;
}

/** The protocol for a port. @param otherwise what any other port than the two of OTLP means. */
export function protocolOn(
  port: number,
  otherwise: ExporterProtocol,
  reader: EnvironmentReader,
): ExporterProtocol {
  const said = saidProtocol(reader);
  if (said !== undefined) return said;
  // Who names a port that has one meaning, and no protocol, means it.
  return port === GRPC_PORT ? "grpc" : port === HTTP_PORT ? "http/protobuf" : otherwise;
}

function saidProtocol(reader: EnvironmentReader): ExporterProtocol | undefined {
  return reader.choice("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", PROTOCOLS) ??
    reader.choice("OTEL_EXPORTER_OTLP_PROTOCOL", PROTOCOLS);
}

/** What is for traces alone is taken as it stands; to what is for all signals theirs is added. */
function overHttp(name: string, url: URL, protocol: ExporterProtocol): Target {
  const whole = new URL(url);
  whole.hash = "";
  if (!name.endsWith("_TRACES_ENDPOINT")) {
    whole.pathname = `${url.pathname.replace(/\/$/, "")}/v1/traces`;
  }
  return { protocol, url: whole.href, shownUrl: `${url.protocol}//${url.host}${whole.pathname}` };
}

function overGrpc(name: string, url: URL, reader: EnvironmentReader): Target {
  const bare = `${url.protocol}//${url.host}`;
  if (url.pathname !== "/" || url.search !== "" || url.username !== "" || url.password !== "") {
    reader.warnings.push(
      `${name}: over gRPC there is no path, query or user, so ${bare} is taken; what the collector ` +
        "wants to know stands in OTEL_EXPORTER_OTLP_HEADERS",
    );
  }
  return { protocol: "grpc", url: bare, shownUrl: bare };
}
