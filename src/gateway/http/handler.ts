/**
 * From an HTTP exchange to its answer: routing, admission, the body under its bounds, and what is
 * said when something fails. It knows no dialect and no socket.
 */
import { ClipError } from "../../errors.ts";
import {
  addVary,
  type DataRoute,
  empty,
  type HttpAnswer,
  type HttpCall,
  type HttpRoutes,
  retryAfterS,
} from "../../exchange/http.ts";
import { faultText, type Log } from "../../telemetry/log.ts";
import { type Admission, admit, requireRoom } from "../admission/admission.ts";
import type { Reception } from "../admission/receiving.ts";
import type { Allowance } from "../keys/allowance.ts";
import type { ApiKeys, KeyHolder } from "../keys/api_keys.ts";
import { readBody } from "./body.ts";
import { type AllowedOrigins, corsHeaders, preflight } from "./cors.ts";
import type { HttpExchange, HttpHandler } from "./http_exchange.ts";
import { checkMediaType, readsType } from "./media_type.ts";
import { type Found, HttpRouter, type Place } from "./router.ts";

/** Of a body that came too slowly (RFC 9110, section 15.5.9). */
const REQUEST_TIMEOUT = 408;

/** What an HTTP port needs. */
export interface HttpHandlerOptions extends Admission {
  /** Whose routes are served; of two with one path and method the first one's. */
  routes: readonly HttpRoutes[];
  /** In whose manner is refused what has no route. */
  fallback: HttpRoutes;
  log: Log;
  cors: AllowedOrigins;
  /** Bound on a body, as sent and as unpacked. */
  maxMessageBytes: number;
  /** Bound on what it unpacks to, in proportion to what was sent. */
  maxUnpackedRatio: number;
}

/** Makes the handler. It never throws. */
export function httpHandler(options: HttpHandlerOptions): HttpHandler {
  const handler = new Handler(options);
  const { cors } = options;
  if (cors === false) return (exchange) => handler.answer(exchange);
  return async (exchange) => {
    const answer = preflight(exchange) ?? await handler.answer(exchange);
    // Also on what failed: without them a page learns nothing but that its request failed.
    const { vary, ...headers } = corsHeaders(cors, exchange);
    return { ...answer, headers: { ...answer.headers, ...headers, ...addVary(answer, vary) } };
  };
}

/** Whether a request needs no key. */
function isOpen(found: Found<HttpRoutes>): boolean {
  if ("told" in found) return found.told.route.open === true;
  return "data" in found && found.data.every(({ route }) => route.open);
}

/** In whose manner a request of this content type is refused; undefined if it leads nowhere. */
function ownerOf(found: Found<HttpRoutes>, type: string | undefined): HttpRoutes | undefined {
  if ("allow" in found) return ownerOf(found.first, type);
  if ("told" in found) return found.told.owner;
  return "data" in found ? ofType(found.data, type).at(-1)!.owner : undefined;
}

/** Says when to come again, whatever the dialect, to a client whose key has used up its share. */
function withRetryAfter(answer: HttpAnswer, error: ClipError | undefined): HttpAnswer {
  if (error?.kind !== "rate_limited" || "retry-after" in answer.headers) return answer;
  return { ...answer, headers: { ...answer.headers, "retry-after": String(retryAfterS(error)) } };
}

/** `307`: the same request again, elsewhere. */
function redirect(location: string): HttpAnswer {
  return empty(307, { location });
}

class Handler {
  readonly #options: HttpHandlerOptions;
  readonly #router = new HttpRouter<HttpRoutes>();

  constructor(options: HttpHandlerOptions) {
    this.#options = options;
    for (const owner of options.routes) {
      for (const route of owner.routes) this.#router.add(route, owner);
    }
  }

  async answer(exchange: HttpExchange): Promise<HttpAnswer> {
    const found = this.#router.find(exchange);
    const { keys } = this.#options;
    let holder: KeyHolder | undefined;
    if (keys !== undefined && !isOpen(found)) {
      const known = this.#identify(keys, exchange, found);
      if ("status" in known) return known;
      holder = known;
    }
    if ("path" in found) return this.#told(exchange, redirect(found.path));
    if ("nowhere" in found || "allow" in found) {
      return this.#told(exchange, this.#refuseUnrouted(exchange, found));
    }
    if ("data" in found) return await this.#serveData(exchange, found.data, holder?.allowance);
    const { route, owner } = found.told;
    try {
      return this.#told(exchange, await route.respond(exchange));
    } catch (thrown) {
      return this.#told(exchange, owner.refuse(this.#explain(thrown, exchange), exchange));
    }
  }

  /** Whose key it is; or the answer to a request without one, whether or not it leads anywhere. */
  #identify(
    keys: ApiKeys,
    exchange: HttpExchange,
    found: Found<HttpRoutes>,
  ): KeyHolder | HttpAnswer {
    try {
      const holder = keys.holder((name) => exchange.header(name));
      exchange.key = holder.name;
      return holder;
    } catch (thrown) {
      const owner = this.#ownerOf(exchange, found);
      const refusal = owner.refuse(this.#explain(thrown, exchange), exchange);
      const headers = { ...refusal.headers, "www-authenticate": "Bearer" };
      const answer = { ...refusal, headers };
      if (!("data" in found)) return this.#told(exchange, answer);
      const watch = this.#options.observer.arrived("http", exchange);
      watch.answered("unauthenticated", 0, answer.status);
      return answer;
    }
  }

  /** An answer that took no work. */
  #told(exchange: HttpExchange, answer: HttpAnswer): HttpAnswer {
    this.#options.observer.told(exchange, answer.status, answer.body?.length ?? 0);
    return answer;
  }

  async #serveData(
    exchange: HttpExchange,
    places: DataPlaces,
    allowance: Allowance | undefined,
  ): Promise<HttpAnswer> {
    const { observer } = this.#options;
    exchange.route = places[0]!.route.path;
    const arrived = observer.arrived("http", exchange);
    const charged = allowance?.call(arrived);
    const watch = charged ?? arrived;
    const message = new Incoming();
    const type = exchange.header("content-type");
    // Until it is read, its type is all that says whose it is.
    const candidates = places.length === 1 ? places : ofType(places, type);
    let place = candidates.at(-1)!;
    try {
      allowance?.requireRoom();
      const body = await this.#receive(exchange, place.route, message);
      // Only what is complete has a place inside: who sends nothing keeps nobody out.
      message.leave = await admit(this.#options, exchange.signal, watch.trace);
      const call: HttpCall = {
        method: exchange.method,
        path: exchange.path,
        query: exchange.query,
        header: (name) => exchange.header(name),
        signal: exchange.signal,
        body,
        grow: (bytes) => message.reception?.grow(bytes),
        watch,
        explain: (thrown) => this.#explain(thrown, exchange),
      };
      if (candidates.length > 1) place = await choose(candidates, call);
      const answer = withRetryAfter(await place.route.serve(call), charged?.refusal);
      const { outcome = "ok", body: sent } = answer;
      // What is refused has no answer, whoever refuses it.
      const bytes = outcome === "ok" || outcome === "failed" ? sent?.length ?? 0 : 0;
      watch.answered(outcome, bytes, answer.status);
      return answer;
    } catch (thrown) {
      const error = this.#explain(thrown, exchange);
      const refusal = withRetryAfter(place.owner.refuse(error, exchange), error);
      const answer = error === message.dropped ? { ...refusal, status: REQUEST_TIMEOUT } : refusal;
      watch.answered(error.kind, 0, answer.status);
      return answer;
    } finally {
      message.end();
    }
  }

  /** The whole body, read while it has no place inside yet. */
  async #receive(
    exchange: HttpExchange,
    route: DataRoute,
    message: Incoming,
  ): Promise<Uint8Array> {
    const { receiving, maxMessageBytes: maxBytes, maxUnpackedRatio: maxRatio } = this.#options;
    requireRoom(this.#options);
    if (route.accepts) checkMediaType(exchange.header("content-type"), route.accepts);
    const { promise: dropped, reject } = Promise.withResolvers<never>();
    // It is heard while the body is read, and means nothing afterwards.
    dropped.catch(() => {});
    const reception = receiving.open(exchange.peer, (error) => {
      if (error.kind === "deadline") message.dropped = error;
      reject(error);
    });
    message.reception = reception;
    return await readBody(exchange, { maxBytes, maxRatio }, reception, dropped);
  }

  /** 404 in the manner of the fallback, or 405 with `Allow` in the manner of whose path it is. */
  #refuseUnrouted(exchange: HttpExchange, found: Unrouted): HttpAnswer {
    const owner = this.#ownerOf(exchange, found);
    if ("nowhere" in found) return owner.refuse(new ClipError("not_found", "Not Found"), exchange);
    const answer = owner.refuse(new ClipError("wrong_method", "Method Not Allowed"), exchange);
    return { ...answer, headers: { ...answer.headers, allow: found.allow } };
  }

  /** In whose manner a request is refused that has no place yet. */
  #ownerOf(exchange: HttpExchange, found: Found<HttpRoutes>): HttpRoutes {
    return ownerOf(found, exchange.header("content-type")) ?? this.#options.fallback;
  }

  /** What a client may know of a failure, with a word in the log. */
  #explain(thrown: unknown, { path }: HttpExchange): ClipError {
    const { log } = this.#options;
    if (thrown instanceof ClipError) {
      log.debug("Request refused", { path, reason: thrown.message });
      return thrown;
    }
    log.error("A request failed for a reason of the server's own", {
      path,
      reason: faultText(thrown),
    });
    return new ClipError("model", "The server failed; its log says why");
  }
}

type Unrouted = Extract<Found<HttpRoutes>, { nowhere: true } | { allow: string }>;
type DataPlaces = readonly Place<HttpRoutes, DataRoute>[];

/** Those that read bodies of a type; all, if none of them does. */
function ofType(places: DataPlaces, type: string | undefined): DataPlaces {
  const some = places.filter(({ route }) => !route.accepts || readsType(type, route.accepts));
  return some.length > 0 ? some : places;
}

/** Whose a request is. */
async function choose(places: DataPlaces, call: HttpCall) {
  for (const place of places.slice(0, -1)) {
    if (!place.route.takes || await place.route.takes(call)) return place;
  }
  return places.at(-1)!;
}

/** What a request has taken, and gives back at its end. */
class Incoming {
  reception: Reception | undefined;
  /** Why its body was given up as too slow. */
  dropped: ClipError | undefined;
  /** Lets it out of the gate. */
  leave = () => {};

  end(): void {
    this.reception?.release();
    this.leave();
  }
}
