/**
 * The one table from a failure's kind to what each protocol says of it. No other file writes a
 * status number.
 *
 * HTTP: a document that cannot be embedded is 200 with `header.status.code` 1, which is what
 * clip_client's `on_error` expects; only requests wrong in themselves get 4xx. gRPC: what a client
 * maps to its own exception (`UNAVAILABLE` becomes ConnectionError in Jina's).
 */
import { status as grpc } from "@grpc/grpc-js";
import { ClipError, type ErrorKind } from "../../errors.ts";
import type { Status } from "./document/request.ts";
import type { Stage } from "../../service/lifecycle.ts";

/** WebSocket close codes (RFC 6455, section 7.4.1). */
export const WS_CLOSE = {
  normal: 1000,
  goingAway: 1001,
  protocol: 1002,
  unsupported: 1003,
  invalidPayload: 1007,
  tooBig: 1009,
  internal: 1011,
  tryAgainLater: 1013,
} as const;

interface Row {
  http: number;
  /** Code of a unary call that fails as a call; streams carry failures inside their messages. */
  grpc: number;
  /** Close code of a WebSocket whose stream it ends. */
  close: number;
  /** The failure belongs inside the answer (`header.status`), the call itself went well. */
  inAnswer: boolean;
  /** What Python would have raised: shown as `exception.name` where the error has no name. */
  exception: string;
}

const TABLE: Record<ErrorKind, Row> = {
  invalid: {
    http: 422,
    grpc: grpc.INVALID_ARGUMENT,
    close: WS_CLOSE.invalidPayload,
    inAnswer: true,
    exception: "ValueError",
  },
  document: {
    http: 200,
    grpc: grpc.OK,
    close: WS_CLOSE.internal,
    inAnswer: true,
    exception: "ValueError",
  },
  too_large: {
    http: 413,
    grpc: grpc.RESOURCE_EXHAUSTED,
    close: WS_CLOSE.tooBig,
    inAnswer: false,
    exception: "OverflowError",
  },
  unsupported_media: {
    http: 415,
    grpc: grpc.UNIMPLEMENTED,
    close: WS_CLOSE.unsupported,
    inAnswer: false,
    exception: "TypeError",
  },
  not_found: {
    http: 404,
    grpc: grpc.NOT_FOUND,
    close: WS_CLOSE.internal,
    inAnswer: true,
    exception: "KeyError",
  },
  overloaded: {
    http: 503,
    grpc: grpc.RESOURCE_EXHAUSTED,
    close: WS_CLOSE.tryAgainLater,
    inAnswer: false,
    exception: "BlockingIOError",
  },
  unavailable: {
    http: 503,
    grpc: grpc.UNAVAILABLE,
    close: WS_CLOSE.goingAway,
    inAnswer: false,
    exception: "ConnectionError",
  },
  deadline: {
    http: 504,
    grpc: grpc.DEADLINE_EXCEEDED,
    close: WS_CLOSE.internal,
    inAnswer: false,
    exception: "TimeoutError",
  },
  cancelled: {
    http: 499,
    grpc: grpc.CANCELLED,
    close: WS_CLOSE.normal,
    inAnswer: false,
    exception: "CancelledError",
  },
  backend: {
    http: 200,
    grpc: grpc.OK,
    close: WS_CLOSE.internal,
    inAnswer: true,
    exception: "RuntimeError",
  },
  config: {
    http: 500,
    grpc: grpc.INTERNAL,
    close: WS_CLOSE.internal,
    inAnswer: false,
    exception: "RuntimeError",
  },
  model: {
    http: 500,
    grpc: grpc.INTERNAL,
    close: WS_CLOSE.internal,
    inAnswer: false,
    exception: "RuntimeError",
  },
};

/** Seconds that a refused client is asked to wait. */
export const RETRY_AFTER_S = 1;

/** The HTTP status of a failed request. */
export function httpStatus(kind: ErrorKind): number {
  return TABLE[kind].http;
}

/** The gRPC status code of a failed unary call. */
export function grpcStatus(kind: ErrorKind): number {
  return TABLE[kind].grpc;
}

/** Whether a failure is told in `header.status` of a normal answer. */
export function belongsInAnswer(kind: ErrorKind): boolean {
  return TABLE[kind].inAnswer;
}

/**
 * Kinds that end a stream: there is no request to answer, nobody to answer to, or no more answers
 * to come. Every other failure is told in its own answer, and the stream goes on.
 */
const ENDS_STREAM: ReadonlySet<ErrorKind> = new Set(["unavailable", "cancelled"]);

/** Whether a stream ends with a failure of this kind that its request met after it was read. */
export function endsStream(kind: ErrorKind): boolean {
  return ENDS_STREAM.has(kind);
}

/** The code that a WebSocket is closed with when its stream ends with a failure of this kind. */
export function closeCode(kind: ErrorKind): number {
  return TABLE[kind].close;
}

/** What to tell a client that comes while the server does not serve; undefined if it does. */
export function notReady(stage: Stage, replicas: boolean): ClipError | undefined {
  if (stage !== "serving") return new ClipError("unavailable", `The server is ${stage}`);
  return replicas ? undefined : new ClipError("unavailable", "No replica is ready");
}

/** `header.status` for a failure, in the form that Jina's clients print. */
export function toStatus(error: ClipError, executor: string): Status {
  const name = error.name === "ClipError" ? TABLE[error.kind].exception : error.name;
  return {
    code: 1,
    description: `${name}(${pythonRepr(error.message)})`,
    exception: { name, args: [error.message], stacks: [], executor },
  };
}

/** A string as Python's `repr` prints it: descriptions look as they always did to their readers. */
function pythonRepr(text: string): string {
  const escaped = text.replace(/\\/g, "\\\\").replace(/\n/g, "\\n").replace(/\r/g, "\\r");
  if (!escaped.includes("'")) return `'${escaped}'`;
  return escaped.includes('"') ? `'${escaped.replace(/'/g, "\\'")}'` : `"${escaped}"`;
}
