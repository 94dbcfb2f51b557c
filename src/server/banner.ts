/** What is printed when the server is up: where it is, what it runs, and a line to try. */
import { networkInterfaces } from "node:os";
import type { Executor } from "../service/executors.ts";
import { jsonLine } from "../telemetry/log_line.ts";
import { VERSION } from "../version.ts";
import type { StartedIndexer } from "./indexer.ts";
import type { Address, Server } from "./server.ts";

/** What the flow says of itself. */
export interface BannerOptions {
  color: boolean;
  /** Of the flow, for the person who starts it. */
  description?: string | null | undefined;
  /** Jina's clients are served (`apis`): the line to try is theirs. */
  jina?: boolean;
  /** The HTTP gateway has the playground, and `/post`, both of which speak Jina's dialect. */
  playground?: boolean;
  /** Requests need an API key. */
  keyed?: boolean;
  /** The process, which a signal stops. */
  pid?: number;
}

/** What of a server is shown. */
type Shown = Pick<Server, "addresses" | "metricsAddresses" | "executors" | "indexers">;

const SCHEMES: Record<Address["protocol"], [plain: string, tls: string]> = {
  grpc: ["grpc", "grpcs"],
  http: ["http", "https"],
  websocket: ["ws", "wss"],
};

/** The banner, ending with a line break. */
export function banner(
  server: Shown,
  { color, description, jina = true, playground = false, keyed = false, pid }: BannerOptions,
): string {
  const bold = (text: string) => color ? `\x1b[1m${text}\x1b[0m` : text;
  const lines = [bold(`clipline ${VERSION} is ready`)];
  if (description) lines.push(...description.trim().split("\n"));
  lines.push("");
  for (const address of server.addresses) {
    lines.push(row(SCHEMES[address.protocol][0], urls(address)));
  }
  const http = server.addresses.find((address) => address.protocol === "http");
  if (http) lines.push(row("page", `${localUrl(http)}${jina && playground ? "/" : "/docs"}`));
  for (const { host, port } of server.metricsAddresses) {
    const address: Address = { protocol: "http", host, port, tls: false };
    lines.push(row("scrape", `${localUrl(address)}/metrics`));
  }
  for (const executor of server.executors) {
    lines.push(row("model", describe(executor)));
    const passedOver = executor.description.passed_over;
    if (passedOver) lines.push(row("not on", passedOver));
  }
  for (const indexer of server.indexers) lines.push(row("index", describeIndex(indexer)));
  if (pid !== undefined) lines.push(row("stop", `Ctrl-C, or kill ${pid}`));
  const any = server.addresses[0];
  if (http && jina) lines.push("", "Try it:", curlLine(http, playground, keyed));
  else if (any && jina) lines.push("", "Try it, after 'pip install clip-client':", pythonLine(any));
  lines.push("", "");
  return lines.join("\n");
}

/** The same as one line of JSON, of the form that the log's lines have. */
export function bannerJson(
  server: Shown,
  pid: number,
): string {
  const scrape = server.metricsAddresses.map((address) =>
    `${localUrl({ ...address, protocol: "http", tls: false })}/metrics`
  );
  return jsonLine({
    time: new Date(),
    level: "INFO",
    name: "clipline",
    message: `clipline ${VERSION} is ready`,
    fields: {
      version: VERSION,
      pid,
      addresses: server.addresses.map(localUrl),
      metrics: scrape,
      models: server.executors.map(describe),
      ...(server.indexers.length > 0 ? { indexes: server.indexers.map(describeIndex) } : {}),
    },
  });
}

/** The address as clients write it, on this machine. */
export function localUrl(address: Address): string {
  const [plain, tls] = SCHEMES[address.protocol];
  const host = isWildcard(address.host) ? "127.0.0.1" : bracket(address.host);
  return `${address.tls ? tls : plain}://${host}:${address.port}`;
}

function urls(address: Address): string {
  if (!isWildcard(address.host)) return localUrl(address);
  const others = Object.values(networkInterfaces()).flat()
    .filter((info) => info && !info.internal && info.family === "IPv4")
    .map((info) => localUrl({ ...address, host: info!.address }));
  return [localUrl(address), ...others].join("  ");
}

function describe({ name, description, encoder }: Executor): string {
  const { replicas } = encoder.state;
  const { model, runtime, provider, device, dtype } = description;
  const where = provider === "cpu" ? "the CPU" : `${provider} (${device})`;
  const { embedDim, imageSize } = encoder.shape;
  return `${model} (${name}): ${runtime} runtime on ${where}, ${dtype}, ${replicas} ` +
    `replica${replicas === 1 ? "" : "s"}, ${embedDim} dimensions, images of ${imageSize} px`;
}

function describeIndex({ indexer, place, documents }: StartedIndexer): string {
  const { name, encoder, metric } = indexer;
  return `${documents} document${documents === 1 ? "" : "s"} in ${place} (${name}, behind ` +
    `${encoder}), ${metric}`;
}

function curlLine(address: Address, hasPost: boolean, keyed: boolean): string {
  const data = `"data":[{"text":"a red circle"}]`;
  const [path, body] = hasPost
    ? ["/post", `{${data},"execEndpoint":"/"}`]
    : ["/encode", `{${data}}`];
  const insecure = address.tls ? "-k " : "";
  const key = keyed ? `-H "authorization: Bearer $API_KEY" ` : "";
  return `  curl ${insecure}-s ${
    localUrl(address)
  }${path} ${key}-H 'content-type: application/json' -d '${body}'`;
}

function pythonLine(address: Address): string {
  return `  python -c "from clip_client import Client; ` +
    `print(Client('${localUrl(address)}').encode(['a red circle']))"`;
}

function row(label: string, text: string): string {
  return `  ${label.padEnd(6)} ${text}`;
}

function isWildcard(host: string): boolean {
  return host === "0.0.0.0" || host === "::" || host === "";
}

function bracket(host: string): string {
  return host.includes(":") ? `[${host}]` : host;
}
