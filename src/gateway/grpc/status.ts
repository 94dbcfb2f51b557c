/** What a gRPC call that fails as a call tells its client. */
import { ClipError } from "../../errors.ts";
import { RPC_STATUS } from "../../rpc_status.ts";

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

/**
 * A message that says it is packed, in a call that does not say how: INTERNAL, not INVALID_ARGUMENT
 * (https://github.com/grpc/grpc/blob/master/doc/compression.md).
 */
export class PackedFlagError extends ClipError {
  constructor() {
    super("invalid", "A message is marked as packed, and grpc-encoding says no coding");
  }
}

/**
 * The status code of a failed call. Clients map them to their own exceptions (`UNAVAILABLE` is
 * ConnectionError in Jina's).
 */
export function grpcStatus(error: ClipError): number {
  return error instanceof PackedFlagError ? status.INTERNAL : status[RPC_STATUS[error.kind]];
}
