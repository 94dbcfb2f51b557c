/** Protobuf read and written without a pause, for tests that look at what comes out. */
import type { DataRequest, DataResponse } from "../../../../src/dialects/jina/document/request.ts";
import {
  NO_LIMITS,
  type RequestLimits,
  RequestSize,
} from "../../../../src/dialects/jina/document/request_size.ts";
import { encodeResponseProto, readRequest } from "../../../../src/dialects/jina/proto/request.ts";
import { atOnce, Slices } from "../../../../src/encoding/slices.ts";

/** Decodes a `DataRequestProto`. */
export function readNow(bytes: Uint8Array, limits: RequestLimits = NO_LIMITS): DataRequest {
  return atOnce(readRequest(bytes, new RequestSize(limits), new Slices()));
}

/** A response that is small enough to be encoded at once. */
export function writeNow(response: DataResponse): Uint8Array {
  const bytes = encodeResponseProto(response);
  if (bytes instanceof Uint8Array) return bytes;
  throw new Error("The response is not small");
}
