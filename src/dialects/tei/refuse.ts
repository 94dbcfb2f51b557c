/**
 * Failures as text-embeddings-inference tells of them (`router/src/lib.rs`, `ErrorType`): what it reads
 * and cannot serve as `{"error", "error_type"}`, what its framework does not read as plain text.
 */
import { ClipError, type ErrorKind } from "../../errors.ts";
import { empty, type HttpAnswer, json, retryAfterS } from "../../exchange/http.ts";
import { NotJsonError } from "../reading/json_body.ts";
import { FieldError } from "../reading/typed_body.ts";
import { statusOf } from "../statuses.ts";

/** There is nothing to work on: TEI has a status of its own for it. */
export class EmptyError extends ClipError {
  /** @param key what is empty. */
  constructor(key: string) {
    super("invalid", `\`${key}\` cannot be empty`, { name: "EmptyError" });
  }
}

const BAD_REQUEST = 400;

const ERROR_TYPES: Record<ErrorKind, string> = {
  invalid: "Validation",
  document: "Tokenizer",
  too_large: "Validation",
  unsupported_media: "Validation",
  not_found: "Validation",
  unauthenticated: "Validation",
  rate_limited: "Overloaded",
  overloaded: "Overloaded",
  unavailable: "Unhealthy",
  deadline: "Backend",
  cancelled: "Backend",
  backend: "Backend",
  config: "Backend",
  model: "Backend",
};

/** The answer to a request that failed. */
export function refuse(error: ClipError): HttpAnswer {
  const { kind, message } = error;
  const status = statusOf(kind, "tei");
  if (kind === "unauthenticated") return empty(status, { "www-authenticate": "Bearer" });
  if (error instanceof NotJsonError) return plain(message, BAD_REQUEST);
  if (error instanceof FieldError) {
    const text = "Failed to deserialize the JSON body into the target type: ";
    return plain(text + message, status);
  }
  if (kind === "too_large" || kind === "unsupported_media") return plain(message, status);
  if (error instanceof EmptyError) {
    return json({ error: message, error_type: "Empty" }, BAD_REQUEST);
  }
  const later = kind === "overloaded" || kind === "rate_limited";
  const headers = later ? { "retry-after": `${retryAfterS(error)}` } : {};
  return json({ error: message, error_type: ERROR_TYPES[kind] }, status, headers);
}

function plain(text: string, status: number): HttpAnswer {
  const body = new TextEncoder().encode(text);
  return { status, headers: { "content-type": "text/plain; charset=utf-8" }, body };
}
