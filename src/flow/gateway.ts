/** `with:` and `gateway:` -> {@linkcode GatewayConfig}. */
import { checkApiKeys } from "./check_api_keys.ts";
import type { GatewayConfig, TlsConfig } from "./config.ts";
import { pairListeners } from "./listeners.ts";
import { type FlowNode, isEmpty } from "./node.ts";
import { overlay, type ReadContext, type ReadSection, readSection } from "./read_section.ts";
import { GATEWAY, UVICORN } from "./section.ts";
import type { ApiName, GATEWAY_KEYS, Protocol, UVICORN_KEYS } from "./gateway_keys.ts";
import { oneOf } from "./key.ts";
import type { Position } from "./problem.ts";

/** Whose clients come by a protocol; anybody's by HTTP. */
const SPEAKERS: Partial<Record<Protocol, readonly ApiName[]>> = {
  grpc: ["jina", "oip"],
  websocket: ["jina"],
};

/** Reads the gateway's section; `at` is where problems with missing keys point if it is absent. */
export function readGateway(
  withNode: FlowNode | undefined,
  gatewayNode: FlowNode | undefined,
  at: Position,
  context: ReadContext,
): GatewayConfig {
  const section = readSection(overlay(withNode, gatewayNode), GATEWAY, at, context);
  const uvicorn = readSection(section.nodes.get("uvicorn_kwargs"), UVICORN, section.at, context);
  const {
    protocol,
    port,
    sslCertfile: _cert,
    sslKeyfile: _key,
    sslClientCa: _ca,
    timeoutSend,
    tracing,
    tracesExporterHost,
    tracesExporterPort,
    ...rest
  } = section.values;
  const place = (key: string) => ({
    at: section.nodes.get(key)?.at ?? section.at,
    path: section.nodes.get(key)?.path ?? `${section.path}.${key}`,
  });
  // Of protocols and ports that are wrong by themselves no pairs are made: it would only add noise.
  const listeners = section.wrong.has("protocol") || section.wrong.has("port") ? [] : pairListeners(
    protocol,
    port,
    { protocol: place("protocol"), port: place(port === null ? "protocol" : "port") },
    context.report,
  );
  for (const { protocol } of listeners) {
    const speakers = SPEAKERS[protocol];
    if (speakers === undefined || speakers.some((api) => rest.apis.includes(api))) continue;
    const { at, path } = place("apis");
    const message = `nothing of it is served over ${protocol}; expected ${oneOf(speakers)} too`;
    context.report.problem(at, path, message);
  }
  const clash = listeners.find((listener) => listener.port === rest.portMonitoring);
  if (rest.monitoring && clash !== undefined && clash.port !== 0) {
    const { at, path } = place("port_monitoring");
    const message = `${clash.port} is the port of ${clash.protocol} as well; expected another`;
    context.report.problem(at, path, message);
  }
  return {
    ...rest,
    // As URLs have IPv6 addresses; a socket wants them bare.
    host: rest.host.replace(/^\[(.*:.*)\]$/, "$1"),
    listeners,
    tls: readTls(section, uvicorn, context),
    apiKeys: checkApiKeys(section, context),
    timeoutSendMs: timeoutSend === -1 ? null : timeoutSend,
    tracing: {
      wanted: isGiven(section.nodes.get("tracing")) ? tracing : null,
      host: tracesExporterHost,
      port: tracesExporterPort,
    },
  };
}

function isGiven(node: FlowNode | undefined): boolean {
  return node !== undefined && !isEmpty(node);
}

function readTls(
  section: ReadSection<typeof GATEWAY_KEYS>,
  uvicorn: ReadSection<typeof UVICORN_KEYS>,
  { report }: ReadContext,
): TlsConfig | null {
  const certFile = section.values.sslCertfile ?? uvicorn.values.sslCertfile;
  const keyFile = section.values.sslKeyfile ?? uvicorn.values.sslKeyfile;
  const keyPassword = uvicorn.values.sslKeyfilePassword;
  const clientCaFile = section.values.sslClientCa;
  const given = (key: string) => section.nodes.get(key) ?? uvicorn.nodes.get(key);
  const certNode = given("ssl_certfile");
  const keyNode = given("ssl_keyfile");
  // Judged by what is written, not by what could be read: a wrong path has its own problem.
  if (certNode !== undefined && keyNode === undefined) {
    const message = "the key is missing; expected 'ssl_keyfile' beside 'ssl_certfile'";
    report.problem(certNode.at, certNode.path, message);
  } else if (keyNode !== undefined && certNode === undefined) {
    const message = "the certificate is missing; expected 'ssl_certfile' beside 'ssl_keyfile'";
    report.problem(keyNode.at, keyNode.path, message);
  } else if (keyPassword !== null && keyNode === undefined) {
    const node = uvicorn.nodes.get("ssl_keyfile_password")!;
    report.problem(
      node.at,
      node.path,
      "there is no key that it opens; expected 'ssl_keyfile' and 'ssl_certfile' too",
    );
  }
  const caNode = section.nodes.get("ssl_client_ca");
  if (caNode !== undefined && certNode === undefined) {
    const message =
      "there is no TLS to ask for clients' certificates in; expected 'ssl_certfile' " +
      "and 'ssl_keyfile' too";
    report.problem(caNode.at, caNode.path, message);
  }
  const { protocol, httpServer } = section.values;
  if (caNode !== undefined && httpServer === "deno" && protocol.some((one) => one !== "grpc")) {
    const message = "Deno.serve cannot ask for clients' certificates (2.9.6); expected " +
      "'http_server: node' with it";
    report.problem(caNode.at, caNode.path, message);
  }
  return certFile === null || keyFile === null
    ? null
    : { certFile, keyFile, keyPassword, clientCaFile };
}
