/** HTTP exchanges out of the web's requests, and the web's responses out of answers. */
import { type HttpAnswer, type HttpRoute, type HttpRoutes, json } from "../../src/exchange/http.ts";
import { ClipError } from "../../src/errors.ts";
import { httpStatus } from "../../src/dialects/jina/status.ts";
import type { Admission } from "../../src/gateway/admission/admission.ts";
import { ConnectionLimit } from "../../src/gateway/admission/connection_limit.ts";
import { HeldBytes } from "../../src/gateway/admission/held_bytes.ts";
import { Receiving } from "../../src/gateway/admission/receiving.ts";
import { Gate } from "../../src/gateway/admission/gate.ts";
import type { HttpExchange } from "../../src/gateway/http/http_exchange.ts";
import { httpHandler } from "../../src/gateway/http/handler.ts";
import { Lifecycle } from "../../src/service/lifecycle.ts";
import { SILENT_LOG } from "../../src/telemetry/log.ts";
import { NO_REQUEST_OBSERVER } from "../../src/telemetry/request_observer.ts";

/** Bounds on what is on its way that bound nothing. */
export function openHanded(): Pick<Admission, "receiving" | "connections"> {
  const limits = {
    perConnection: Infinity,
    perAddress: Infinity,
    firstByteMs: Infinity,
    minBytesPerSecond: 1,
  };
  return {
    receiving: new Receiving(limits, new HeldBytes(Infinity)),
    connections: new ConnectionLimit({ all: Infinity, perAddress: 0 }, SILENT_LOG),
  };
}

/** A request as handlers get it, without a socket. */
export function exchangeOf(request: Request): HttpExchange {
  const { pathname, search } = new URL(request.url);
  return {
    peer: { connection: request, address: "192.0.2.1" },
    method: request.method,
    path: pathname,
    query: search,
    header: (name) => request.headers.get(name) ?? undefined,
    signal: request.signal,
    async pieces(receive) {
      const pieces = request.body?.[Symbol.asyncIterator]();
      for (;;) {
        const next = await pieces?.next().catch((cause) => {
          throw new ClipError("cancelled", "The client has gone", { cause });
        });
        if (!next || next.done) return;
        receive(next.value);
      }
    },
  };
}

/** An answer as a client sees it. */
export function responseOf({ status, headers, body }: HttpAnswer): Response {
  return new Response(body as BodyInit | null, { status, headers });
}

/** Asks routes as a client would, without a socket. Paths go as they are, but for URL's tidying. */
export function clientOf(
  routes: readonly HttpRoute[],
): (path: string, init?: RequestInit) => Promise<Response> {
  const lifecycle = new Lifecycle();
  lifecycle.enter("serving");
  const all: HttpRoutes = {
    routes,
    refuse: ({ kind, message }) => json({ detail: message }, httpStatus(kind)),
  };
  const handler = httpHandler({
    routes: [all],
    fallback: all,
    gate: new Gate(0),
    ...openHanded(),
    capacity: {
      refusal: () => undefined,
      waitMs: 0,
      room: () => Promise.resolve(),
      behind: () => false,
    },
    lifecycle,
    observer: NO_REQUEST_OBSERVER,
    log: SILENT_LOG,
    cors: false,
    maxMessageBytes: 2 ** 20,
    maxUnpackedRatio: 100,
  });
  return async (path, init) => {
    const request = new Request(new URL(path, "http://server"), init);
    return responseOf(await handler(exchangeOf(request)));
  };
}
