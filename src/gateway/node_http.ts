/**
 * `node:http` under a web handler (`Request` to `Response`). For listeners that `Deno.serve` cannot
 * be: those that also upgrade to WebSockets with backpressure, and those whose certificate changes.
 */
import type { IncomingMessage, ServerResponse } from "node:http";
import { Readable } from "node:stream";
import { constants, createGzip } from "node:zlib";
import { once } from "node:events";

/** A handler as `Deno.serve` takes it. */
export type WebHandler = (request: Request) => Response | Promise<Response>;

/** Answers below this are sent as they are. */
const MIN_GZIP_BYTES = 1024;

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
    await send(await handler(request), outgoing, acceptsGzip(incoming));
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

async function send(response: Response, outgoing: ServerResponse, gzip: boolean): Promise<void> {
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
  const packed = gzip && chunk.value.length >= MIN_GZIP_BYTES && isText(response);
  let sink: NodeJS.WritableStream = outgoing;
  if (packed) {
    outgoing.removeHeader("content-length");
    outgoing.setHeader("content-encoding", "gzip");
    outgoing.setHeader("vary", "accept-encoding");
    const packer = createGzip({ level: constants.Z_BEST_SPEED });
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

function acceptsGzip(incoming: IncomingMessage): boolean {
  const accepted = String(incoming.headers["accept-encoding"] ?? "");
  return /(^|,)\s*gzip\s*(;\s*q=(1|0\.0*[1-9]))?/i.test(accepted) &&
    !/gzip\s*;\s*q=0(\.0*)?\s*(,|$)/i.test(accepted);
}

function isText(response: Response): boolean {
  return !response.headers.has("content-encoding") &&
    /^(text\/|application\/(json|javascript))/.test(response.headers.get("content-type") ?? "");
}
