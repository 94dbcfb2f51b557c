/** Writes what clients ask and what becomes of it into the log. */
import { LineBudget } from "./line_budget.ts";
import type { Log, LogFields } from "./log.ts";
import { addressOf, withoutSecrets } from "./redact.ts";
import {
  type Caller,
  type DocumentFailure,
  NO_REQUEST_OBSERVER,
  type Outcome,
  type Protocol,
  type RequestObserver,
  type RequestWatch,
} from "./request_observer.ts";
import { RequestTrace } from "./request_trace.ts";

/** Failed documents that the log names in a second. */
const FAILURES_PER_SECOND = 10;

/** Longest of what clients chose: ids, paths. */
const MAX_NAME = 200;
const MAX_REASON = 500;

/** Which lines are wanted, the log's level apart. */
export interface RequestLogOptions {
  /** A line for each request at `INFO` (`access_log`). */
  accessLog: boolean;
}

/** An observer that logs, and its end. */
export interface RequestLog {
  observer: RequestObserver;
  /** Writes what it has kept back. */
  flush(): void;
}

/**
 * An observer that logs: at `INFO` failed documents, and each request if `accessLog` says so; at
 * `DEBUG` each request with the times of its parts, and each URI. What is not written is not
 * listened to.
 */
export function requestLog(log: Log, { accessLog }: RequestLogOptions): RequestLog {
  if (!log.enabled("INFO")) return { observer: NO_REQUEST_OBSERVER, flush() {} };
  const requests = log.enabled("DEBUG") ? log.child("request") : undefined;
  const access = accessLog ? log.child("access") : undefined;
  const documents = log.child("documents");
  const budget = new LineBudget(
    FAILURES_PER_SECOND,
    (left) => documents.info("More documents failed in this second", { more: left }),
  );
  const observer: RequestObserver = {
    ...NO_REQUEST_OBSERVER,
    documentFailed(failure) {
      if (budget.take()) tellFailure(documents, failure);
    },
    ...(requests === undefined && access === undefined ? {} : {
      arrived: (protocol, caller, _since, beside) =>
        new LoggedRequest(protocol, caller, requests, access, beside),
    }),
    ...(requests === undefined ? {} : { fetched: fetches(log.child("uri")) }),
    ...(access === undefined ? {} : {
      told(caller, status, bytesOut) {
        const client = clientOf(caller);
        const { key } = caller;
        access.info(nameOf(caller) ?? "", { protocol: "http", client, key, status, bytesOut });
      },
    }),
  };
  return { observer, flush: () => budget.flush() };
}

/** A request whose end is logged. */
class LoggedRequest implements RequestWatch {
  readonly #own: RequestTrace | undefined;
  readonly #beside: RequestWatch | undefined;
  readonly #began = performance.now();
  readonly #protocol: Protocol;
  readonly #caller: Caller | undefined;
  readonly #requests: Log | undefined;
  readonly #access: Log | undefined;
  #endpoint: string | undefined;
  #documents: number | undefined;
  #bytesIn: number | undefined;
  #readMs: number | undefined;
  #ended = false;

  constructor(
    protocol: Protocol,
    caller: Caller | undefined,
    requests: Log | undefined,
    access: Log | undefined,
    beside: RequestWatch | undefined,
  ) {
    this.#protocol = protocol;
    this.#caller = caller;
    this.#requests = requests;
    this.#access = access;
    this.#beside = beside;
    if (requests) this.#own = new RequestTrace();
  }

  /** Of who else watches the request, if it has one: there is one for all. */
  get trace(): RequestTrace | undefined {
    return this.#requests && (this.#beside?.trace ?? this.#own);
  }

  read(endpoint: string, documents: number, bytes: number): void {
    this.#endpoint = endpoint;
    this.#documents = documents;
    this.#bytesIn = bytes;
    this.#readMs = performance.now() - this.#began;
  }

  answered(outcome: Outcome, bytesOut: number, status?: number): void {
    if (this.#ended) return;
    this.#ended = true;
    const ms = tenths(performance.now() - this.#began);
    const common = {
      protocol: this.#protocol,
      client: clientOf(this.#caller),
      key: this.#caller?.key,
      endpoint: this.#endpoint?.slice(0, MAX_NAME),
      outcome,
      status,
      documents: this.#documents,
      // As OpenTelemetry names them in logs.
      trace_id: this.#beside?.context?.traceId,
      span_id: this.#beside?.context?.spanId,
    };
    const bytes = { bytesIn: this.#bytesIn, bytesOut };
    this.#access?.info(nameOf(this.#caller) ?? common.endpoint ?? "unread", {
      ...common,
      ...bytes,
      ms,
    });
    const answered = outcome === "ok" || outcome === "failed";
    this.#requests?.debug(answered ? "Answered" : "Refused", {
      ...common,
      ...this.#inside(),
      ...bytes,
      readMs: this.#readMs === undefined ? undefined : tenths(this.#readMs),
      ...times(this.trace),
      totalMs: ms,
    });
  }

  /** What is worth a word of its items. */
  #inside(): LogFields {
    const trace = this.trace;
    if (trace === undefined) return {};
    const { text, image, uri } = trace.items;
    const some = (count: number) => count > 0 ? count : undefined;
    return {
      texts: some(text),
      images: some(image),
      uris: some(uri),
      cached: some(trace.cached),
      joined: some(trace.joined),
      failed: some(trace.failed),
    };
  }
}

function times(trace: RequestTrace | undefined): LogFields {
  const last = trace?.last;
  if (last === undefined) return {};
  return {
    queueMs: tenths(last.queueMs),
    preprocessMs: tenths(last.preprocessMs),
    computeMs: tenths(last.computeMs),
  };
}

function tellFailure(log: Log, { request, document, endpoint, error }: DocumentFailure): void {
  log.info("Document failed", {
    document: document.slice(0, MAX_NAME),
    request: request.slice(0, MAX_NAME),
    endpoint: endpoint.slice(0, MAX_NAME),
    error: error.name,
    reason: withoutSecrets(error.message.slice(0, MAX_REASON)),
  });
}

function fetches(log: Log): RequestObserver["fetched"] {
  return (uri, outcome, bytes, ms) =>
    log.debug("Fetched", { from: addressOf(uri), outcome, bytes, ms: tenths(ms) });
}

function clientOf(caller: Caller | undefined): string | undefined {
  return caller?.peer.host ?? caller?.peer.address;
}

/** `POST /encode`; of gRPC the method; undefined of WebSocket. */
function nameOf(caller: Caller | undefined): string | undefined {
  const { method, path } = caller ?? {};
  if (path === undefined) return undefined;
  const shown = path.slice(0, MAX_NAME);
  return method === undefined ? shown : `${method} ${shown}`;
}

function tenths(ms: number): number {
  return Math.round(10 * ms) / 10;
}
