/** Requests as JSON: the body of HTTP's `POST /post` and of a WebSocket text frame. */
import { isUtf8 } from "node:buffer";
import { inSlices, type Sliced, type Slices } from "../../../encoding/slices.ts";
import { ClipError } from "../../../errors.ts";
import type { DataRequest } from "../document/request.ts";
import { RequestDecodeError } from "../document/request_error.ts";
import { NO_LIMITS, type ReadOptions, RequestSize } from "../document/request_size.ts";
import { nestedTooDeep, notJson, notUtf8 } from "./body_errors.ts";
import { type Reading, toDocuments } from "./document.ts";
import { type Envelope, envelopeFaults, type JsonRequestOptions, toRequest } from "./envelope.ts";
import { FEW_VALUES_BYTES, parsedAtOnce, withoutBom } from "../../../encoding/json_text.ts";
import { countValues, isObject } from "../../../encoding/json_value.ts";
import { findJsonFault } from "../../../encoding/json_fault.ts";
import { Faults } from "./faults.ts";
import { readLargeBody } from "./large_request.ts";
import { BODY, within } from "./place.ts";
import { unknownRequestKey } from "./unknown_keys.ts";

/** Documents in documents, and lists or objects in `tags` and `parameters`. */
export const MAX_JSON_DEPTH = 100;

/** How a body is read, and how much it may hold. */
export interface JsonReadOptions extends JsonRequestOptions, ReadOptions {
  /** Size up to which a body is parsed at once; for tests. */
  parsedAtOnceBytes?: number;
}

/**
 * Decodes a JSON request of either generation: `execEndpoint` or `exec_endpoint`, `data` a list of
 * documents or `{"docs": […]}` or nothing. Large bodies are read in slices.
 *
 * @param body UTF-8.
 * @throws {BodyValidationError} not JSON, or of the wrong shape; `detail` names the first places.
 * @throws {RequestDecodeError} too_large: more than the limits allow.
 */
export function decodeRequestJson(
  body: Uint8Array,
  options: JsonReadOptions = {},
): DataRequest | Promise<DataRequest> {
  return inSlices((slices) => readRequestJson(body, options, slices), options.signal);
}

/** The same as work in slices. */
export function* readRequestJson(
  body: Uint8Array,
  options: JsonReadOptions,
  slices: Slices,
): Sliced<DataRequest> {
  const size = new RequestSize(options.limits ?? NO_LIMITS, options.grow);
  const envelope: Envelope = { raw: {}, docs: [] };
  // As TextDecoder does, which has always stood here.
  const bytes = withoutBom(body);
  try {
    const reading = { size, slices, fields: options.limits?.fields };
    const faults = new Faults();
    const text = smallText(bytes, options.parsedAtOnceBytes);
    if (text === undefined) {
      yield* readLargeBody(bytes, MAX_JSON_DEPTH, envelope, faults, reading);
    } else yield* readSmallBody(bytes, text, envelope, faults, reading);
    faults.add({ shape: envelopeFaults(envelope.raw), values: [] });
    faults.check();
    size.finish();
    return toRequest(envelope, options);
  } catch (thrown) {
    if (!(thrown instanceof ClipError) || thrown.kind !== "too_large") throw thrown;
    throw new RequestDecodeError(thrown.message, toRequest({ ...envelope, docs: [] }, options), {
      kind: "too_large",
    });
  }
}

/** @throws {BodyValidationError} it is no text. */
function smallText(bytes: Uint8Array, limit?: number): string | undefined {
  // A TextDecoder with `fatal` is several times slower than the check and the decoding apart.
  if (bytes.length <= (limit ?? FEW_VALUES_BYTES) && !isUtf8(bytes)) throw notUtf8();
  return parsedAtOnce(bytes, limit);
}

function* readSmallBody(
  bytes: Uint8Array,
  text: string,
  envelope: Envelope,
  faults: Faults,
  reading: Reading,
): Sliced<void> {
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch (error) {
    const fault = yield* findJsonFault(bytes, reading.slices);
    throw fault === undefined ? error : notJson(fault);
  }
  checkDepth(body);
  // Texts and pictures are there twice now.
  reading.size.weigh(bytes.length);
  envelope.raw = body;
  const { list, place } = documentsOf(body);
  envelope.docs = yield* toDocuments(list, place, faults, reading);
  if (isObject(body)) {
    countValues(body["parameters"], reading.size);
    for (const key in body) unknownRequestKey(key, faults, reading.fields);
  }
}

/** The list of documents in a body, if there is one, and where it is. */
function documentsOf(body: unknown) {
  const data = (body as { data?: unknown } | null)?.data;
  const place = within(BODY, "data");
  if (Array.isArray(data)) return { list: data, place };
  const docs = (data as { docs?: unknown } | null | undefined)?.docs;
  return { list: Array.isArray(docs) ? docs : NO_DOCUMENTS, place: within(place, "docs") };
}

const NO_DOCUMENTS: readonly unknown[] = [];

/** Refuses what recursion over the body could not bear. */
function checkDepth(body: unknown): void {
  const tooDeep = (value: unknown, left: number): boolean => {
    if (typeof value !== "object" || value === null) return false;
    if (left === 0) return true;
    if (Array.isArray(value)) {
      // A row of numbers, of a tensor or an embedding: nothing can be nested in it.
      if (typeof value[0] === "number" && typeof value[value.length - 1] === "number") {
        return value.some((item) => typeof item === "object" && tooDeep(item, left - 1));
      }
      return value.some((item) => tooDeep(item, left - 1));
    }
    for (const key in value) {
      if (tooDeep((value as Record<string, unknown>)[key], left - 1)) return true;
    }
    return false;
  };
  if (tooDeep(body, MAX_JSON_DEPTH)) throw nestedTooDeep(MAX_JSON_DEPTH);
}
