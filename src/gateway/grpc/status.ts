/** What a gRPC call that fails as a call tells its client. */
import { status as grpc } from "@grpc/grpc-js";
import type { ErrorKind } from "../../errors.ts";

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

/** The status code of a failed call. */
export function grpcStatus(kind: ErrorKind): number {
  return CODES[kind];
}
