/** JSON read and written without a pause, for tests that look at what comes out. */
import {
  type JsonReadOptions,
  readRequestJson,
} from "../../../../src/dialects/jina/json/request.ts";
import type { DataRequest, DataResponse } from "../../../../src/dialects/jina/document/request.ts";
import { type JsonStyle, writeResponse } from "../../../../src/dialects/jina/json/response.ts";
import { atOnce, Slices } from "../../../../src/encoding/slices.ts";

/** @param body bytes or JSON; anything else is written as JSON first. */
export function readNow(body: unknown, options: JsonReadOptions = {}): DataRequest {
  const text = typeof body === "string" ? body : JSON.stringify(body);
  const bytes = body instanceof Uint8Array ? body : new TextEncoder().encode(text);
  return atOnce(readRequestJson(bytes, options, new Slices()));
}

/** A response encoded without a pause. */
export function writeNow(response: DataResponse, style: JsonStyle = "http"): Uint8Array {
  return atOnce(writeResponse(response, style, new Slices()));
}
