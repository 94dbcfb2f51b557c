/** What the client fails with. */

/** What went wrong, for programs. */
export type ClipClientErrorKind =
  /** The call is wrong: an argument, an address, a package that is not installed. */
  | "usage"
  /** What was given cannot be read: no such file, not an image's bytes, a URL that answers 404. */
  | "content"
  /** The server cannot embed this one: broken picture, unreadable `uri`, no content. */
  | "document"
  /** The server refuses the request as it stands: parameters, fields, too many documents. */
  | "invalid"
  /** More than the server takes at once. */
  | "too_large"
  /** No API key, or none that is known; or not allowed. */
  | "unauthenticated"
  /** No such path, model or executor. */
  | "not_found"
  /** The key's rate is used up: come back after `retryAfterMs`. */
  | "rate_limited"
  /** Too much to do: come back after `retryAfterMs`. */
  | "overloaded"
  /** Starting, stopping, or nobody listens at the address. */
  | "unavailable"
  /** The connection broke before the answer had come. */
  | "connection"
  /** No answer in time. */
  | "timeout"
  /** A fault of the server. */
  | "server"
  /** The answer is none that this client understands. */
  | "protocol";

/** Where and how a failure happened. */
export interface ClipClientErrorOptions {
  /** HTTP's status, or gRPC's status code, or the WebSocket's close code. */
  status?: number | undefined;
  /** Milliseconds after which the server says that there is room. */
  retryAfterMs?: number | undefined;
  /** Which item of the input, from 0. */
  index?: number | undefined;
  /** The document's id. */
  documentId?: string | undefined;
  /** What was said or broke, alone. Default: the message. */
  reason?: string | undefined;
  cause?: unknown;
}

/**
 * An error written for the person who reads it: what was wrong, where, what to do. (What ends
 * because its `AbortSignal` does throws the signal's reason instead, as `fetch` does.)
 */
export class ClipClientError extends Error {
  override readonly name = "ClipClientError";
  readonly kind: ClipClientErrorKind;
  /** HTTP's status, or gRPC's status code, or the WebSocket's close code; undefined if none came. */
  readonly status: number | undefined;
  /** Milliseconds after which the server says that there is room. */
  readonly retryAfterMs: number | undefined;
  /** Which item of the input it was, from 0; undefined if it was none in particular. */
  readonly index: number | undefined;
  /** The id of the item's document. */
  readonly documentId: string | undefined;
  /**
   * What the server said, or what broke: the message without the place, the status and the advice.
   * For programs that have words of their own for those.
   */
  readonly reason: string;

  constructor(kind: ClipClientErrorKind, message: string, options: ClipClientErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.kind = kind;
    this.status = options.status;
    this.retryAfterMs = options.retryAfterMs;
    this.index = options.index;
    this.documentId = options.documentId;
    this.reason = options.reason ?? message;
  }

  /** The same failure, of one item. */
  of(index: number, documentId?: string): ClipClientError {
    const { kind, message, status, retryAfterMs, reason } = this;
    return new ClipClientError(kind, `Item ${index}: ${message}`, {
      status,
      retryAfterMs,
      index,
      documentId,
      reason,
      cause: this.cause,
    });
  }
}

/** Whether sending the same again may help. */
export function isPassing({ kind }: ClipClientError): boolean {
  return PASSING.has(kind);
}

/** Whether the server has not begun with what it refused: sending it again repeats nothing. */
export function wasNotTaken({ kind }: ClipClientError): boolean {
  return kind === "rate_limited" || kind === "overloaded";
}

/** Whether the fault may lie in one document of the request, so that the others can be saved. */
export function mayBeOneDocument({ kind }: ClipClientError): boolean {
  return OF_DOCUMENTS.has(kind);
}

const PASSING: ReadonlySet<ClipClientErrorKind> = new Set([
  "rate_limited",
  "overloaded",
  "unavailable",
  "connection",
  "timeout",
]);

const OF_DOCUMENTS: ReadonlySet<ClipClientErrorKind> = new Set([
  "document",
  "invalid",
  "too_large",
  "timeout",
  "server",
]);

/** What anybody threw, in words. */
export function wordsOf(thrown: unknown): string {
  if (!(thrown instanceof Error)) return String(thrown);
  const { cause } = thrown;
  // `fetch failed` says nothing: what it failed of stands behind it.
  const behind = cause instanceof Error && !thrown.message.includes(cause.message)
    ? `: ${cause.message || (cause as { code?: string }).code || cause.name}`
    : "";
  return `${thrown.message}${behind}`;
}
