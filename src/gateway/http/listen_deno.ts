/**
 * HTTP and WebSocket on `Deno.serve` (`http_server: deno`), which costs less for small requests.
 * What it cannot do (2.9.6) is in `DENO_LIMITS`: therefore `node` is the default.
 */
import type { HttpAnswer } from "../../exchange/http.ts";
import { WS_CLOSE } from "../websocket/close_code.ts";
import { DenoWebSockets } from "../websocket/deno_sockets.ts";
import { ClipError } from "../../errors.ts";
import { addressGroup, type Peer } from "../admission/peer.ts";
import { cannotListen, type Listening } from "../listening.ts";
import type { HttpExchange } from "./http_exchange.ts";
import type { HttpListenOptions } from "./listen_options.ts";
import { packAnswer } from "./packing.ts";
import { BAD_TARGET, readTarget, type Target, targetOf } from "./target.ts";

/** Opens the port. @throws {ClipError} "unavailable" if it cannot be had. */
export function listenDeno(options: HttpListenOptions): Promise<Listening> {
  const { host, port, protocols, handler, packAlways, lifecycle, tls } = options;
  const sockets = options.websocket && new DenoWebSockets(options.websocket);
  const answer = async (
    request: Request,
    { remoteAddr }: Deno.ServeHandlerInfo<Deno.NetAddr>,
  ): Promise<Response> => {
    // Which requests share a connection is not told.
    const host = remoteAddr.hostname;
    const peer = { connection: request, address: addressGroup(host), host };
    const upgraded = sockets?.upgrade(request, peer);
    if (upgraded) return upgraded;
    const target = readTarget(targetOf(request.url), request.headers.get("host") ?? undefined);
    const answer = target ? await handler(new WebExchange(request, target, peer)) : BAD_TARGET;
    const accept = request.headers.get("accept-encoding") ?? undefined;
    const response = toResponse(await packAnswer(answer, accept, packAlways));
    if (lifecycle.ending) response.headers.set("connection", "close");
    return response;
  };
  const identity = tls ? { cert: tls.identity.cert, key: tls.identity.key } : {};
  const serve = {
    hostname: host,
    port,
    ...identity,
    onListen() {},
    // Handlers do not throw; what is left is Deno's own.
    onError: () => new Response(null, { status: 400 }),
  };
  let server: Deno.HttpServer<Deno.NetAddr>;
  try {
    server = Deno.serve(serve as Deno.ServeTcpOptions, answer);
  } catch (thrown) {
    throw cannotListen(host, port, thrown);
  }
  const bound = server.addr.port;
  return Promise.resolve({
    addresses: protocols.map((protocol) => ({
      protocol,
      host,
      port: bound,
      tls: tls !== undefined,
    })),
    stop: async () => {
      // It would cut WebSockets off; what comes meanwhile is refused by the handler.
      await sockets?.closed();
      await server.shutdown();
    },
    abort: () => {
      sockets?.closeAll(WS_CLOSE.goingAway, "The server is stopping");
    },
  });
}

function toResponse({ status, headers, body }: HttpAnswer): Response {
  return new Response(body as BodyInit | null, { status, headers });
}

class WebExchange implements HttpExchange {
  readonly #request: Request;
  readonly path: string;
  readonly query: string;
  declare key?: string;
  route = "";

  constructor(request: Request, { path, query }: Target, readonly peer: Peer) {
    this.#request = request;
    this.path = path;
    this.query = query;
  }

  get method(): string {
    return this.#request.method;
  }

  get signal(): AbortSignal {
    return this.#request.signal;
  }

  header(name: string): string | undefined {
    return this.#request.headers.get(name) ?? undefined;
  }

  async pieces(receive: (piece: Uint8Array) => void): Promise<void> {
    const { body } = this.#request;
    if (body === null) return;
    const reader = body.getReader();
    try {
      for (;;) {
        const { done, value } = await reader.read().catch((cause) => {
          throw new ClipError("cancelled", "The client has gone", { cause });
        });
        if (done) return;
        receive(value);
      }
    } finally {
      reader.cancel().catch(() => {});
    }
  }
}
