/** `jina.DataRequestProto` and its relatives: requests in, responses out. */
import { ClipError } from "../../../errors.ts";
import { newId } from "../document/document_id.ts";
import { NO_LIMITS, type ReadOptions, RequestSize } from "../document/request_size.ts";
import { type Envelope, readEnvelope, readLargeEnvelope } from "./read_envelope.ts";
import { NewerDocument } from "./read_document.ts";
import { RequestReader } from "./request_reader.ts";
import { writeDocuments } from "./write_document.ts";
import { writeEnvelope, writeLargeEnvelope, writeLargeHead } from "./write_envelope.ts";
import type { DataRequest, DataResponse } from "../document/request.ts";
import { RequestDecodeError } from "../document/request_error.ts";
import { plainBytes, TooMuchAtOnce } from "../../../encoding/protobuf_reader.ts";
import { inSlices, type Sliced, type Slices } from "../../../encoding/slices.ts";
import {
  encodeInSlices,
  encodeMessage,
  encodeSmallMessage,
} from "../../../encoding/protobuf_writer.ts";

/**
 * Decodes a `DataRequestProto`, a large one in slices. Blobs and array buffers are views of `bytes`:
 * nothing is copied.
 *
 * A missing request id is made up, a missing endpoint is `/`. Fields that this server does not know
 * are kept for the answer, at every level but inside `Struct` and `Timestamp`, whose fields are
 * fixed for good.
 *
 * @throws {RequestDecodeError} not such a message; or more than the limits allow ("too_large"); or
 * documents as `docs_bytes`, a Python pickle, which is never unpickled.
 */
export function decodeRequestProto(
  bytes: Uint8Array,
  options: ReadOptions = {},
): DataRequest | Promise<DataRequest> {
  return decode(bytes, options, false);
}

/** Decodes a `SingleDocumentRequestProto`: a request of one document (jina >= 3.20). */
export function decodeSingleDocumentRequestProto(
  bytes: Uint8Array,
  options: ReadOptions = {},
): DataRequest | Promise<DataRequest> {
  return decode(bytes, options, true);
}

/**
 * Fields that a request is read at once with: a millisecond's work. One that has more is read anew,
 * in slices, which takes half as long again.
 */
const FIELDS_AT_ONCE = 1 << 14;

function decode(
  bytes: Uint8Array,
  options: ReadOptions,
  single: boolean,
): DataRequest | Promise<DataRequest> {
  try {
    return decodeAtOnce(bytes, options, single);
  } catch (thrown) {
    if (!(thrown instanceof TooMuchAtOnce)) throw thrown;
  }
  return inSlices((slices) => readRequest(bytes, sizeOf(options), slices, single), options.signal);
}

/** @throws {TooMuchAtOnce} it is large: nothing was told of it then. */
function decodeAtOnce(bytes: Uint8Array, options: ReadOptions, single: boolean): DataRequest {
  const size = new RequestSize(options.limits ?? NO_LIMITS, options.grow, true);
  const reader = new RequestReader(plainBytes(bytes), size, undefined, FIELDS_AT_ONCE);
  const envelope = newEnvelope();
  try {
    readEnvelope(reader, envelope, single);
  } catch (thrown) {
    throw thrown instanceof TooMuchAtOnce ? thrown : decodeError(thrown, envelope);
  }
  size.finish();
  return requestOf(envelope);
}

/**
 * Decodes a `DataRequestProto` that is an answer, without a pause: for clients.
 *
 * @throws {RequestDecodeError} as `decodeRequestProto`.
 */
export function decodeResponseProto(bytes: Uint8Array): DataResponse {
  const reader = new RequestReader(plainBytes(bytes), sizeOf({}), undefined, Infinity);
  const envelope = newEnvelope();
  try {
    readEnvelope(reader, envelope, false);
  } catch (thrown) {
    throw decodeError(thrown, envelope);
  }
  const { status } = envelope;
  const request = requestOf(envelope);
  return {
    ...request,
    ...(status === undefined ? {} : { status }),
    routes: request.routes ?? [],
  };
}

/**
 * Decodes a `DataRequestListProto`, the argument of `process_data`. The limits are those of all
 * requests together.
 *
 * @throws {ClipError} invalid: not such a message, or one of the requests is not.
 */
export function decodeRequestListProto(
  bytes: Uint8Array,
  options: ReadOptions = {},
): DataRequest[] | Promise<DataRequest[]> {
  return inSlices(function* (slices) {
    const size = sizeOf(options);
    const reader = new RequestReader(plainBytes(bytes), size, slices);
    const requests: DataRequest[] = [];
    while (reader.more()) {
      const tag = reader.tag();
      if (tag === 10) {
        size.values(1);
        requests.push(yield* readRequest(reader.bytes(), size, slices));
      } else reader.skip(tag);
      if (reader.due()) yield;
    }
    return requests;
  }, options.signal);
}

/** `decodeRequestProto` as work in slices. @param single of a `SingleDocumentRequestProto`. */
export function* readRequest(
  bytes: Uint8Array,
  size: RequestSize,
  slices: Slices,
  single = false,
): Sliced<DataRequest> {
  const envelope = newEnvelope();
  try {
    yield* readLargeEnvelope(new RequestReader(plainBytes(bytes), size, slices), envelope, single);
  } catch (thrown) {
    throw decodeError(thrown, envelope);
  }
  size.finish();
  return requestOf(envelope);
}

function newEnvelope(): Envelope {
  return { requestId: "", execEndpoint: "/", parameters: {}, docs: [] };
}

function sizeOf({ limits, grow }: ReadOptions): RequestSize {
  return new RequestSize(limits ?? NO_LIMITS, grow);
}

/** What is thrown of an envelope that failed to be read. */
function decodeError(thrown: unknown, envelope: Envelope): ClipError {
  if (envelope.requestId === "") envelope.requestId = newId();
  const { docs: _, pickled: __, ...head } = envelope;
  const told = { ...head, docs: [] };
  if (thrown instanceof NewerDocument) return new RequestDecodeError(thrown.message, told);
  const wrapped = ClipError.wrap(thrown, "invalid");
  if (wrapped.kind === "too_large") {
    return new RequestDecodeError(wrapped.message, told, { kind: "too_large" });
  }
  if (wrapped.kind !== "invalid") return wrapped;
  return new RequestDecodeError(wrapped.message, told, { cause: thrown });
}

/** The request of an envelope that was read. @throws {RequestDecodeError} its documents are a pickle. */
function requestOf(envelope: Envelope): DataRequest {
  if (envelope.requestId === "") envelope.requestId = newId();
  const { status, pickled, ...request } = envelope;
  if (pickled === true) {
    throw new RequestDecodeError(
      "Cannot read the documents as 'docs_bytes' is a Python pickle, which this server never " +
        "unpickles: send them as 'docs'",
      status === undefined ? request : { ...request, status } as DataRequest,
    );
  }
  return request;
}

/** Encodes a request as a client does. */
export function encodeRequestProto(request: DataRequest): Uint8Array {
  return encodeMessage((sink) => writeEnvelope(sink, request, request.targetExecutor));
}

/**
 * Encodes a response, a large one in slices: one allocation of the exact size, every blob copied
 * once.
 */
export function encodeResponseProto(response: DataResponse): Uint8Array | Promise<Uint8Array> {
  const written = encodeSmallMessage((sink) => writeEnvelope(sink, response, "", response.status));
  return written ?? inSlices((slices) => writeResponse(response, slices));
}

/** `encodeResponseProto` as work in slices. */
export function writeResponse(response: DataResponse, slices: Slices): Sliced<Uint8Array> {
  return encodeInSlices((sink) => writeLargeEnvelope(sink, response, slices), slices);
}

/** Encodes the answer to a `SingleDocumentRequestProto` with the response's first document. */
export function encodeSingleDocumentResponseProto(
  response: DataResponse,
): Uint8Array | Promise<Uint8Array> {
  return inSlices((slices) =>
    encodeInSlices(function* (sink) {
      yield* writeLargeHead(sink, response, "", slices, response.status);
      yield* writeDocuments(sink, 34, response.docs.slice(0, 1), slices);
      sink.raw(response.unknownFields);
    }, slices)
  );
}
