/** A protobuf request decoded without a pause, for tests that look at what comes out. */
import type { DataRequest } from "../../../../src/dialects/jina/document/request.ts";
import {
  NO_LIMITS,
  type RequestLimits,
  RequestSize,
} from "../../../../src/dialects/jina/document/request_size.ts";
import { readRequest } from "../../../../src/dialects/jina/proto/request.ts";
import { atOnce, Slices } from "../../../../src/encoding/slices.ts";

/** Decodes a `DataRequestProto`. */
export function readNow(bytes: Uint8Array, limits: RequestLimits = NO_LIMITS): DataRequest {
  return atOnce(readRequest(bytes, new RequestSize(limits), new Slices()));
}
