/**
 * The one error type that crosses module borders. Each failure has a kind; what a kind means on a
 * wire is decided in a table for each: `gateway/grpc/status.ts`, `gateway/websocket/close_code.ts`,
 * and each dialect's own for HTTP.
 */

/** What sort of failure it is, from the point of view of whoever has to act on it. */
export type ErrorKind =
  /** The request is wrong in itself: shape, type, parameter. */
  | "invalid"
  /** One document cannot be embedded: broken image, unreachable URI, unsupported tensor. */
  | "document"
  /** Over a stated limit: bytes, pixels, frames. */
  | "too_large"
  /** A content type or encoding that the server does not read. */
  | "unsupported_media"
  /** There is no such endpoint or model. */
  | "not_found"
  /** A path of HTTP that is there, but not with this method. */
  | "wrong_method"
  /** No key, or none that is known. */
  | "unauthenticated"
  /** A key's own share is used up: come back later. */
  | "rate_limited"
  /** Queues are full: come back later. */
  | "overloaded"
  /** Starting, draining, or no replica alive. */
  | "unavailable"
  /** The deadline passed before the work was done. */
  | "deadline"
  /** The client went away. */
  | "cancelled"
  /** The execution provider or a worker failed. */
  | "backend"
  /** The Flow YAML, the command line or the environment is wrong. */
  | "config"
  /** A checkpoint or ONNX file is broken, hostile or does not fit. */
  | "model";

/** An error as plain data, to cross a worker's message port. */
export interface ErrorData {
  /** Class name shown to clients, e.g. `UnidentifiedImageError`. */
  name: string;
  kind: ErrorKind;
  message: string;
}

/**
 * An error written for the person who reads it: what was wrong, where, what to do.
 *
 * `message` is shown to clients and users as it is: it never holds a stack trace or a secret.
 */
export class ClipError extends Error {
  readonly kind: ErrorKind;
  /** Of "overloaded" and "rate_limited": milliseconds after which there is likely to be room; undefined if unknown. */
  readonly retryAfterMs: number | undefined;

  constructor(
    kind: ErrorKind,
    message: string,
    options?: { cause?: unknown; name?: string; retryAfterMs?: number },
  ) {
    super(message, options?.cause === undefined ? undefined : { cause: options.cause });
    this.kind = kind;
    this.retryAfterMs = options?.retryAfterMs;
    this.name = options?.name ?? "ClipError";
  }

  /** The error as data for `postMessage`. */
  toData(): ErrorData {
    return { name: this.name, kind: this.kind, message: this.message };
  }

  /** The error that `toData` described. */
  static fromData(data: ErrorData): ClipError {
    return new ClipError(data.kind, data.message, { name: data.name });
  }

  /** Wraps anything thrown; a `ClipError` comes back unchanged, the rest gets `kind`. */
  static wrap(thrown: unknown, kind: ErrorKind = "backend"): ClipError {
    if (thrown instanceof ClipError) return thrown;
    const message = thrown instanceof Error ? thrown.message : String(thrown);
    return new ClipError(kind, message, { cause: thrown });
  }
}

/** A fault of one key of the flow that only the start finds: who knows the file adds its place. */
export class KeyError extends ClipError {
  /** The key's own name, e.g. `host`. */
  readonly key: string;

  constructor(kind: ErrorKind, key: string, message: string, options?: { cause?: unknown }) {
    super(kind, message, options);
    this.key = key;
  }
}
