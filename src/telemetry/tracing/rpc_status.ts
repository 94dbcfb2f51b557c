/** gRPC's name of how a call ends; the gateway has the numbers, a floor above. */
import type { ErrorKind } from "../../errors.ts";

/** By the kind of error. */
export const RPC_STATUS: Readonly<Record<ErrorKind, string>> = {
  invalid: "INVALID_ARGUMENT",
  document: "INVALID_ARGUMENT",
  too_large: "RESOURCE_EXHAUSTED",
  unsupported_media: "UNIMPLEMENTED",
  not_found: "NOT_FOUND",
  wrong_method: "UNIMPLEMENTED",
  unauthenticated: "UNAUTHENTICATED",
  rate_limited: "RESOURCE_EXHAUSTED",
  overloaded: "RESOURCE_EXHAUSTED",
  unavailable: "UNAVAILABLE",
  deadline: "DEADLINE_EXCEEDED",
  cancelled: "CANCELLED",
  backend: "INTERNAL",
  config: "INTERNAL",
  model: "INTERNAL",
};

/** Kinds that are no fault of the server, nor of its being too busy: their spans are no errors. */
export const CLIENTS_OWN: ReadonlySet<ErrorKind> = new Set([
  "invalid",
  "document",
  "too_large",
  "unsupported_media",
  "not_found",
  "wrong_method",
  "unauthenticated",
  "rate_limited",
  "cancelled",
]);
