/** What `header.status` of an answer tells, as an error. */
import type { Status } from "../../src/dialects/jina/document/request.ts";
import { ClipClientError, type ClipClientErrorKind } from "../errors.ts";

/**
 * What a stream's answers call the failures that are not of a document, as Python's exceptions;
 * all others are.
 */
const KINDS: Readonly<Record<string, ClipClientErrorKind>> = {
  BlockingIOError: "overloaded",
  ConnectionError: "unavailable",
  TimeoutError: "timeout",
  PermissionError: "unauthenticated",
  OverflowError: "too_large",
  RuntimeError: "server",
  CancelledError: "unavailable",
};

/** The failure that a status tells of. */
export function failureOf(status: Status, httpStatus?: number): ClipClientError {
  const { exception, description } = status;
  const kind = KINDS[exception?.name ?? ""] ?? "document";
  return new ClipClientError(kind, exception?.args[0] || description || "The request failed", {
    status: httpStatus,
  });
}
