/** What a client and its calls can be told. */
import type { JsonObject } from "./document.ts";
import { ClipClientError } from "./errors.ts";
import type { Clock } from "./stream/clock.ts";
import type { ProgressReport } from "./stream/progress.ts";
import type { RetryOptions } from "./stream/retry.ts";
import type { TraceContext } from "./trace_context.ts";
import type { HttpExchange, TlsOptions } from "./transports/transport.ts";

/** What holds for all calls of a client. */
export interface ClipClientOptions {
  /** The server's API key. */
  apiKey?: string;
  /** As `clip_client` has it: sent as it stands. Default: the variable `CLIP_AUTH_TOKEN`. */
  credential?: { Authorization?: string };
  /** Further headers, or metadata in gRPC. */
  headers?: Readonly<Record<string, string>>;
  /** Certificates, PEM. Not in browsers. */
  tls?: TlsOptions;
  /**
   * Pack requests with gzip. It pays on slow lines: base64 of images shrinks by a quarter over HTTP.
   * Default false. (Answers are packed as the server likes, whatever is said here.)
   */
  compress?: boolean;
  /** Tries again: how often, how soon. */
  retry?: RetryOptions;
  /**
   * Who fetches images by their URL: `client` (as `clip_client` does; default), or `server`, which
   * only takes public addresses unless its flow says more.
   */
  urls?: "client" | "server";
  /** Milliseconds for each try of a request. Default 300,000; 0 for no bound. */
  timeoutMs?: number;
  /** Time and chance of tests. */
  clock?: Clock;
}

/** What every call can be told. */
export interface CallOptions {
  /** Items in a request. Default 8. */
  batchSize?: number;
  /** Requests on their way at one time. Default 100. */
  prefetch?: number;
  /**
   * Bytes of contents on their way, or answered and not taken yet, at most. Default 64 MiB; one
   * batch alone may be larger.
   */
  maxBytes?: number;
  /** How long a batch that is not full waits for the input's next item, milliseconds. Default 50. */
  lingerMs?: number;
  /** Passed to the server: `model_name`, `access_paths`, `normalize`, `drop_image_content`, … */
  parameters?: Readonly<JsonObject>;
  /** An executor's name, or a pattern of such. */
  targetExecutor?: string;
  /** Milliseconds for each try of a request. Default: the client's. */
  timeoutMs?: number;
  /** Milliseconds for the whole call, with all tries. Default: none. */
  deadlineMs?: number;
  /**
   * The trace that the call belongs to, sent as the headers `traceparent` and `tracestate` (over gRPC
   * as metadata, over WebSocket in every request). Default: the span that is active in OpenTelemetry,
   * if the program has set it up; else none.
   */
  traceContext?: TraceContext;
  /** Gives the call up: it throws the signal's reason. */
  signal?: AbortSignal;
  /** Told after each batch. */
  onProgress?: (report: ProgressReport) => void;
  /**
   * Over HTTP only: told of every request that was answered, be it well or with a refusal, before
   * the answer is read. To show or to log them.
   */
  onExchange?: (exchange: HttpExchange) => void;
}

/** What calls can be told that answer all at once. */
export interface GatherOptions extends CallOptions {
  /**
   * `throw` (default): the first item that fails ends the call. `return`: it stands in `errors` of
   * the matrix, or as `error` of its document, and the others are served.
   */
  itemErrors?: "throw" | "return";
}

/** What streams can be told. */
export interface StreamOptions extends CallOptions {
  /** Whether results come in the order of the input (default), or as they are done. */
  ordered?: boolean;
}

/** What searches can be told. */
export interface SearchLimit {
  /** Matches for each query. Default 10. */
  limit?: number;
}

/** The numbers of a call, checked. */
export interface CallNumbers {
  batchSize: number;
  prefetch: number;
  maxBytes: number;
  lingerMs: number;
  timeoutMs: number;
  deadlineMs: number;
}

/**
 * The numbers with their defaults, which are `clip_client`'s where it has them.
 * @throws {ClipClientError} usage: one is none, or too small.
 */
export function callNumbers(options: CallOptions, timeoutMs: number | undefined): CallNumbers {
  const number = (name: keyof CallNumbers, standard: number, least: number, whole = true) => {
    const value = options[name] ?? standard;
    if (typeof value === "number" && value >= least && (!whole || Number.isInteger(value))) {
      return value;
    }
    throw new ClipClientError(
      "usage",
      `${name} is ${value}: expected ${whole ? "a whole number" : "a number"} of ${least} or more`,
    );
  };
  return {
    batchSize: number("batchSize", 8, 1),
    prefetch: number("prefetch", 100, 1),
    maxBytes: number("maxBytes", 1 << 26, 1),
    lingerMs: number("lingerMs", 50, 0, false),
    timeoutMs: number("timeoutMs", timeoutMs ?? 300_000, 0, false),
    deadlineMs: number("deadlineMs", 0, 0, false),
  };
}
