/**
 * The one table from a failure's kind to what Jina's clients are told of it.
 *
 * A document that cannot be embedded is HTTP 200 with `header.status.code` 1, which is what
 * clip_client's `on_error` expects; only requests wrong in themselves get 4xx.
 */
import type { ClipError, ErrorKind } from "../../errors.ts";
import type { Status } from "./document/request.ts";

interface Row {
  http: number;
  /** The failure belongs inside the answer (`header.status`), the call itself went well. */
  inAnswer: boolean;
  /** What Python would have raised: shown as `exception.name` where the error has no name. */
  exception: string;
}

const TABLE: Record<ErrorKind, Row> = {
  invalid: { http: 422, inAnswer: true, exception: "ValueError" },
  document: { http: 200, inAnswer: true, exception: "ValueError" },
  too_large: { http: 413, inAnswer: false, exception: "OverflowError" },
  unsupported_media: { http: 415, inAnswer: false, exception: "TypeError" },
  not_found: { http: 404, inAnswer: true, exception: "KeyError" },
  wrong_method: { http: 405, inAnswer: false, exception: "ValueError" },
  unauthenticated: { http: 401, inAnswer: false, exception: "PermissionError" },
  rate_limited: { http: 429, inAnswer: false, exception: "BlockingIOError" },
  overloaded: { http: 503, inAnswer: false, exception: "BlockingIOError" },
  unavailable: { http: 503, inAnswer: false, exception: "ConnectionError" },
  deadline: { http: 504, inAnswer: false, exception: "TimeoutError" },
  cancelled: { http: 499, inAnswer: false, exception: "CancelledError" },
  backend: { http: 200, inAnswer: true, exception: "RuntimeError" },
  config: { http: 500, inAnswer: false, exception: "RuntimeError" },
  model: { http: 500, inAnswer: false, exception: "RuntimeError" },
};

/** The HTTP status of a failed request. */
export function httpStatus(kind: ErrorKind): number {
  return TABLE[kind].http;
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
