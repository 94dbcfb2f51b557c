/** What a gRPC call that fails as a call tells its client. */
import { status as grpc } from "@grpc/grpc-js";
import { ClipError, type ErrorKind } from "../../errors.ts";

/** Codes that clients map to their own exceptions (`UNAVAILABLE` is ConnectionError in Jina's). */
const CODES: Record<ErrorKind, number> = {
  invalid: grpc.INVALID_ARGUMENT,
  document: grpc.INVALID_ARGUMENT,
  too_large: grpc.RESOURCE_EXHAUSTED,
  unsupported_media: grpc.UNIMPLEMENTED,
  not_found: grpc.NOT_FOUND,
  overloaded: grpc.RESOURCE_EXHAUSTED,
  unavailable: grpc.UNAVAILABLE,
  deadline: grpc.DEADLINE_EXCEEDED,
  cancelled: grpc.CANCELLED,
  backend: grpc.INTERNAL,
  config: grpc.INTERNAL,
  model: grpc.INTERNAL,
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
  return error instanceof PackedFlagError ? grpc.INTERNAL : CODES[error.kind];
}
