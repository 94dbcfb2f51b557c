/** What the gateways tell those who measure them. Telemetry implements it; gateways know no metric. */
import type { ClipError, ErrorKind } from "../errors.ts";
import type { RequestTrace } from "./request_trace.ts";

/** The protocols that requests come by. */
export type Protocol = "http" | "grpc" | "websocket";

/**
 * How a request ended: `ok`; `failed`, answered with the failure in `header.status`; or the kind of
 * error for which it was refused or broken off.
 */
export type Outcome = "ok" | "failed" | ErrorKind;

/** Who asks, and what for, in a protocol's own words. */
export interface Caller {
  /** Its address: of all that are counted as one client, and if it is known its own. */
  readonly peer: { readonly address: string; readonly host?: string | undefined };
  /** Of HTTP. */
  readonly method?: string | undefined;
  /** Of HTTP, without a query; of gRPC the method. */
  readonly path?: string | undefined;
  /** Of HTTP, the path as the server's table has it, without what clients chose. */
  readonly route?: string | undefined;
  /** The name of its API key. */
  readonly key?: string | undefined;
  /** A header of its request or of its connection, or metadata, by a name in small letters. */
  header?(name: string): string | undefined;
}

/** Where a request belongs: the ids of W3C Trace Context. */
export interface TraceContext {
  /** 32 hexadecimal digits. */
  readonly traceId: string;
  /** 16 hexadecimal digits: the request's own. */
  readonly spanId: string;
}

/** Where a request says that it belongs: headers of W3C Trace Context, as sent. */
export interface TraceParent {
  readonly traceparent: string;
  readonly tracestate?: string | undefined;
}

/** A document that has no embedding. */
export interface DocumentFailure {
  /** The request's id. */
  request: string;
  /** The document's id. */
  document: string;
  endpoint: string;
  error: ClipError;
}

/** Follows one request through a gateway. */
export interface RequestWatch {
  /** Wants to hear what becomes of its items; undefined where nobody does. */
  readonly trace?: RequestTrace | undefined;
  /** Where it belongs; undefined where nobody traces. */
  readonly context?: TraceContext | undefined;
  /** A message says itself where it belongs, whatever its connection says; before `read`. */
  belongs?(parent: TraceParent): void;
  /**
   * The request has been read and understood.
   * @param endpoint its `exec_endpoint`, as the client wrote it.
   * @param documents how many documents it holds, nested ones not counted.
   * @param bytes its size as decoded: unpacked, without framing.
   */
  read(endpoint: string, documents: number, bytes: number): void;
  /**
   * The request has ended. Only the first call counts, so that a `finally` may call it again.
   * @param bytes size of the answer before any compression; 0 if there is none.
   * @param status of an HTTP answer.
   */
  answered(outcome: Outcome, bytes: number, status?: number): void;
}

/** Receives the events of all gateways. */
export interface RequestObserver {
  /**
   * A request has come: a unary call, or one message of a stream. It is in flight until its watch
   * hears `answered`.
   * @param since when it was there, if it has waited to be let in; milliseconds of
   * `performance.now()`.
   * @param beside what else watches it, and has made its trace already.
   */
  arrived(
    protocol: Protocol,
    caller?: Caller,
    since?: number,
    beside?: RequestWatch,
  ): RequestWatch;
  /** An HTTP request was answered without any work: a page, the state, or that there is no such. */
  told(caller: Caller, status: number, bytes: number): void;
  /**
   * An executor has done its part of a request.
   * @param executor its name in the flow.
   * @param ms wall time in the executor, waiting included.
   */
  served(executor: string, endpoint: string, outcome: Outcome, documents: number, ms: number): void;
  /** A document has no embedding. */
  documentFailed(failure: DocumentFailure): void;
  /**
   * A document's URI was loaded, or could not be.
   * @param uri as sent: it may hold secrets.
   */
  fetched(uri: string, outcome: Outcome, bytes: number, ms: number): void;
}

/** An observer that looks away. */
export const NO_REQUEST_OBSERVER: RequestObserver = {
  arrived: () => NO_WATCH,
  told() {},
  served() {},
  documentFailed() {},
  fetched() {},
};

const NO_WATCH: RequestWatch = { read() {}, answered() {} };

/**
 * Both hear everything; what one of them does not listen to costs nothing. The trace of a request is
 * the first one's, if it makes one, and the second is told of it.
 */
export function observeBoth(a: RequestObserver, b: RequestObserver): RequestObserver {
  if (a === NO_REQUEST_OBSERVER) return b;
  if (b === NO_REQUEST_OBSERVER) return a;
  const one = <N extends keyof RequestObserver>(name: N) =>
    a[name] === NO_REQUEST_OBSERVER[name]
      ? b[name]
      : b[name] === NO_REQUEST_OBSERVER[name]
      ? a[name]
      : undefined;
  return {
    arrived: one("arrived") ?? ((protocol, caller, since, beside) => {
      const first = a.arrived(protocol, caller, since, beside);
      const second = b.arrived(protocol, caller, since, beside ?? first);
      return new WatchedByBoth(first, second);
    }),
    told: one("told") ?? ((...told) => {
      a.told(...told);
      b.told(...told);
    }),
    served: one("served") ?? ((...served) => {
      a.served(...served);
      b.served(...served);
    }),
    documentFailed: one("documentFailed") ?? ((failure) => {
      a.documentFailed(failure);
      b.documentFailed(failure);
    }),
    fetched: one("fetched") ?? ((...fetched) => {
      a.fetched(...fetched);
      b.fetched(...fetched);
    }),
  };
}

class WatchedByBoth implements RequestWatch {
  readonly #first: RequestWatch;
  readonly #second: RequestWatch;

  constructor(first: RequestWatch, second: RequestWatch) {
    this.#first = first;
    this.#second = second;
  }

  get trace(): RequestTrace | undefined {
    return this.#first.trace ?? this.#second.trace;
  }

  get context(): TraceContext | undefined {
    return this.#first.context ?? this.#second.context;
  }

  belongs(parent: TraceParent): void {
    this.#first.belongs?.(parent);
    this.#second.belongs?.(parent);
  }

  read(endpoint: string, documents: number, bytes: number): void {
    this.#first.read(endpoint, documents, bytes);
    this.#second.read(endpoint, documents, bytes);
  }

  answered(outcome: Outcome, bytes: number, status?: number): void {
    this.#first.answered(outcome, bytes, status);
    this.#second.answered(outcome, bytes, status);
  }
}
