/**
 * `node:http` under a web handler (`Request` to `Response`). `Deno.serve` answers small requests
 * faster, but (2.9.6) it does not tell when a client leaves that sent a body, cannot upgrade to
 * WebSockets that stop reading, cannot change its certificate, and cannot cut a shutdown short.
 */
import type { IncomingMessage, ServerResponse } from "node:http";
import { Readable } from "node:stream";
import { constants, createBrotliCompress, createGzip } from "node:zlib";
import { once } from "node:events";

/** From a request to its answer. */
export type WebHandler = (request: Request) => Response | Promise<Response>;

/** Answers below this are sent as they are. */
const MIN_PACKED_BYTES = 256;

/** How long, and how much, a client may go on sending a body that was refused. */
const LINGER_MS = 2_000;
const LINGER_BYTES = 16 * 2 ** 20;

/** Vectors as decimal numbers pack little better at higher levels, which cost many times as much. */
const PACKERS = {
  gzip: () => createGzip({ level: constants.Z_BEST_SPEED }),
  br: () => createBrotliCompress({ params: { [constants.BROTLI_PARAM_QUALITY]: 1 } }),
} as const;

/** Serves one exchange. Never throws. */
export async function serveNode(
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  handler: WebHandler,
): Promise<void> {
  const gone = new AbortController();
  outgoing.once("close", () => {
    if (!outgoing.writableFinished) {
      gone.abort(new DOMException("The client has gone", "AbortError"));
    }
  });
  try {
    const request = toRequest(incoming, gone.signal);
    if (request === undefined) {
      outgoing.writeHead(400, { connection: "close" }).end();
      return;
    }
    const response = await handler(request);
    // A refused body is not worth reading: its connection cannot be used again.
    if (!incoming.complete) outgoing.setHeader("connection", "close");
    await send(response, outgoing, chooseCoding(incoming.headers["accept-encoding"]));
    if (!incoming.complete) linger(incoming);
  } catch {
    // The connection broke while the answer was on its way, or the answer's source did.
    outgoing.destroy();
  }
}

/** The same request for the web; undefined if its target or host is no URL. */
function toRequest(incoming: IncomingMessage, signal: AbortSignal): Request | undefined {
  const { method = "GET", url = "/", rawHeaders, socket } = incoming;
  const headers = new Headers();
  for (let i = 0; i + 1 < rawHeaders.length; i += 2) {
    headers.append(rawHeaders[i]!, rawHeaders[i + 1]!);
  }
  const scheme = "encrypted" in socket ? "https" : "http";
  const target = url.startsWith("/")
    ? `${scheme}://${headers.get("host") ?? "localhost"}${url}`
    : url;
  if (!URL.canParse(target)) return undefined;
  const body = method === "GET" || method === "HEAD" ? null : Readable.toWeb(incoming);
  return new Request(target, { method, headers, signal, body: body as BodyInit | null });
}

async function send(
  response: Response,
  outgoing: ServerResponse,
  coding: keyof typeof PACKERS | undefined,
): Promise<void> {
  const headers = Object.fromEntries(response.headers);
  const cookies = response.headers.getSetCookie();
  const { body, status } = response;
  outgoing.statusCode = status;
  for (const [name, value] of Object.entries(headers)) outgoing.setHeader(name, value);
  if (cookies.length > 0) outgoing.setHeader("set-cookie", cookies);
  if (body === null || outgoing.req.method === "HEAD") {
    await body?.cancel();
    outgoing.end();
    return;
  }
  const reader = body.getReader();
  let chunk = await reader.read();
  if (chunk.done) {
    outgoing.end();
    return;
  }
  let sink: NodeJS.WritableStream = outgoing;
  if (coding && chunk.value.length >= MIN_PACKED_BYTES && isText(response)) {
    outgoing.removeHeader("content-length");
    outgoing.setHeader("content-encoding", coding);
    outgoing.appendHeader("vary", "accept-encoding");
    const packer = PACKERS[coding]();
    packer.pipe(outgoing);
    sink = packer;
  }
  while (!chunk.done) {
    const value = chunk.value;
    chunk = await reader.read();
    if (chunk.done) sink.end(value);
    else if (!sink.write(value)) await once(sink, "drain");
  }
}

/**
 * Throws away what a client still sends, for a moment: a connection closed at once would be reset,
 * and the answer with it (RFC 9112, section 9.6).
 */
function linger(incoming: IncomingMessage): void {
  let left = LINGER_BYTES;
  const timer = setTimeout(() => incoming.socket.destroy(), LINGER_MS);
  // Its reader wants no more, but would keep it.
  incoming.removeAllListeners("data");
  incoming.on("data", (chunk: Uint8Array) => {
    left -= chunk.length;
    if (left < 0) incoming.socket.destroy();
  });
  incoming.socket.once("close", () => clearTimeout(timer));
  incoming.resume();
}

/**
 * The coding of an answer for a client's Accept-Encoding (RFC 9110, section 12.5.3): the one of
 * higher weight, gzip if they are equal.
 */
export function chooseCoding(
  accept: string | string[] | undefined,
): keyof typeof PACKERS | undefined {
  const weights = new Map<string, number>();
  for (const part of String(accept ?? "").toLowerCase().split(",")) {
    const [name = "", ...parameters] = part.split(";").map((text) => text.trim());
    const weight = parameters.find((parameter) => parameter.startsWith("q="))?.slice(2);
    weights.set(name, weight === undefined ? 1 : Number(weight) || 0);
  }
  const weightOf = (name: string) => weights.get(name) ?? weights.get("*") ?? 0;
  const [gzip, br] = [weightOf("gzip"), weightOf("br")];
  if (Math.max(gzip, br) === 0) return undefined;
  return br > gzip ? "br" : "gzip";
}

function isText(response: Response): boolean {
  return !response.headers.has("content-encoding") &&
    /^(text\/|application\/(json|javascript))/.test(response.headers.get("content-type") ?? "");
}
