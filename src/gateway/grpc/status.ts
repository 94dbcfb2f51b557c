/** What a gRPC call that fails as a call tells its client. */
import { ClipError, type ErrorKind } from "../../errors.ts";

/** The codes that are told (https://github.com/grpc/grpc/blob/master/doc/statuscodes.md). */
export const status = {
  OK: 0,
  CANCELLED: 1,
  INVALID_ARGUMENT: 3,
  DEADLINE_EXCEEDED: 4,
  NOT_FOUND: 5,
  RESOURCE_EXHAUSTED: 8,
  UNIMPLEMENTED: 12,
  INTERNAL: 13,
  UNAVAILABLE: 14,
  UNAUTHENTICATED: 16,
} as const;

/** Codes that clients map to their own exceptions (`UNAVAILABLE` is ConnectionError in Jina's). */
const CODES: Record<ErrorKind, number> = {
  invalid: status.INVALID_ARGUMENT,
  document: status.INVALID_ARGUMENT,
  too_large: status.RESOURCE_EXHAUSTED,
  unsupported_media: status.UNIMPLEMENTED,
  not_found: status.NOT_FOUND,
  wrong_method: status.UNIMPLEMENTED,
  unauthenticated: status.UNAUTHENTICATED,
  rate_limited: status.RESOURCE_EXHAUSTED,
  overloaded: status.RESOURCE_EXHAUSTED,
  unavailable: status.UNAVAILABLE,
  deadline: status.DEADLINE_EXCEEDED,
  cancelled: status.CANCELLED,
  backend: status.INTERNAL,
  config: status.INTERNAL,
  model: status.INTERNAL,
};

/**
 * A message that says it is packed, in a call that does not say how: INTERNAL, not INVALID_ARGUMENT
 * (https://github.com/grpc/grpc/blob/master/doc/compression.md).
 */
export class PackedFlagError extends ClipError {
  constructor() {
    super("invalid", "A message is marked as packed, and grpc-encoding says no coding");
  }
}

/** The status code of a failed call. */
export function grpcStatus(error: ClipError): number {
  return error instanceof PackedFlagError ? status.INTERNAL : CODES[error.kind];
}
