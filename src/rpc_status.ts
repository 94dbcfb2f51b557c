/** How a gRPC call that fails ends, by name: what clients are told, and what spans say. */
import type { ErrorKind } from "./errors.ts";

/** By the kind of error (https://github.com/grpc/grpc/blob/master/doc/statuscodes.md). */
export const RPC_STATUS = {
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
} as const satisfies Readonly<Record<ErrorKind, string>>;
