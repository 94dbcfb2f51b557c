/** `jina.DataRequestProto` and its relatives: requests in, responses out. */
import { ClipError } from "../../../errors.ts";
import type { Document } from "../document/document.ts";
import { newId } from "../document/document_id.ts";
import { NO_LIMITS, type ReadOptions, RequestSize } from "../document/request_size.ts";
import { areLight, isLightValue } from "../document/lightness.ts";
import { readDocument, readLargeDocument, writeDocument, writeDocuments } from "./document.ts";
import { RequestReader } from "./request_reader.ts";
import { readRoute, readStatus, writeRoute, writeStatus } from "./status.ts";
import { readLargeStruct, readStruct, writeLargeStruct, writeStruct } from "./struct.ts";
import type { DataRequest, DataResponse, Status } from "../document/request.ts";
import { RequestDecodeError } from "../document/request_error.ts";
import { plainBytes } from "../../../encoding/protobuf_reader.ts";
import { atOnce, inSlices, type Sliced, Slices } from "../../../encoding/slices.ts";
import { encodeInSlices, encodeMessage, type WireSink } from "../../../encoding/protobuf_writer.ts";

/** What is known of a message while it is read: a request may carry a response's fields. */
interface Envelope extends DataRequest {
  status?: Status;
  /** `docs_bytes` was set: a Python pickle, refused once the envelope is read. */
  pickled?: boolean;
}

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
  return inSlices((slices) => readRequest(bytes, sizeOf(options), slices), options.signal);
}

/**
 * Decodes a `DataRequestProto` that is an answer, without a pause: for clients.
 *
 * @throws {RequestDecodeError} as `decodeRequestProto`.
 */
export function decodeResponseProto(bytes: Uint8Array): DataResponse {
  const envelope = atOnce(decodeEnvelope(bytes, sizeOf({}), new Slices()));
  return { ...envelope, routes: envelope.routes ?? [] };
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

/** Decodes a `SingleDocumentRequestProto`: a request of one document (jina >= 3.20). */
export function decodeSingleDocumentRequestProto(
  bytes: Uint8Array,
  options: ReadOptions = {},
): DataRequest | Promise<DataRequest> {
  return inSlices((slices) => readRequest(bytes, sizeOf(options), slices, true), options.signal);
}

/** `decodeRequestProto` as work in slices. @param single of a `SingleDocumentRequestProto`. */
export function* readRequest(
  bytes: Uint8Array,
  size: RequestSize,
  slices: Slices,
  single = false,
): Sliced<DataRequest> {
  const { status: _, ...request } = yield* decodeEnvelope(bytes, size, slices, single);
  size.finish();
  return request;
}

function sizeOf({ limits, grow }: ReadOptions): RequestSize {
  return new RequestSize(limits ?? NO_LIMITS, grow);
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
  if (isLightResponse(response)) {
    return encodeMessage((sink) => writeEnvelope(sink, response, "", response.status));
  }
  return inSlices((slices) => writeResponse(response, slices));
}

/** `encodeResponseProto` as work in slices. */
export function writeResponse(response: DataResponse, slices: Slices): Sliced<Uint8Array> {
  return encodeInSlices(function* (sink) {
    yield* writeLargeHead(sink, response, "", slices, response.status);
    sink.begin(34);
    sink.begin(10);
    yield* writeDocuments(sink, 10, response.docs, slices);
    sink.raw(response.arrayUnknownFields);
    sink.end();
    sink.raw(response.contentUnknownFields);
    sink.end();
    sink.raw(response.unknownFields);
  }, slices);
}

function isLightResponse({ docs, parameters, routes }: DataResponse): boolean {
  return areLight(docs, SPEED) && isLightValue(parameters) && routes.length < MANY_ROUTES;
}

/** Protobuf is written so many times faster than JSON, or more. */
const SPEED = 10;
/** More than any gateways are in a row. */
const MANY_ROUTES = 100;

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

function* decodeEnvelope(
  bytes: Uint8Array,
  size: RequestSize,
  slices: Slices,
  single = false,
): Sliced<Envelope> {
  const envelope: Envelope = { requestId: "", execEndpoint: "/", parameters: {}, docs: [] };
  try {
    yield* readEnvelope(new RequestReader(plainBytes(bytes), size, slices), envelope, single);
  } catch (error) {
    if (envelope.requestId === "") envelope.requestId = newId();
    const { docs: _, pickled: __, ...head } = envelope;
    const wrapped = ClipError.wrap(error, "invalid");
    const told = { ...head, docs: [] };
    if (wrapped.kind === "too_large") {
      throw new RequestDecodeError(wrapped.message, told, { kind: "too_large" });
    }
    if (wrapped.kind !== "invalid") throw wrapped;
    throw new RequestDecodeError(wrapped.message, told, { cause: error });
  }
  if (envelope.requestId === "") envelope.requestId = newId();
  const { pickled, ...request } = envelope;
  if (pickled === true) {
    throw new RequestDecodeError(
      "Cannot read the documents as 'docs_bytes' is a Python pickle, which this server never " +
        "unpickles: send them as 'docs'",
      request,
    );
  }
  return request;
}

function* readEnvelope(
  reader: RequestReader,
  envelope: Envelope,
  single: boolean,
): Sliced<void> {
  while (reader.more()) {
    const start = reader.pos;
    const tag = reader.tag();
    switch (tag) {
      case 10:
        readHeader(reader, envelope);
        break;
      case 18:
        if (reader.large) yield* readLargeStruct(reader, envelope.parameters);
        else readStruct(reader, envelope.parameters);
        break;
      case 26:
        reader.size.values(1);
        (envelope.routes ??= []).push(readRoute(reader));
        break;
      case 34:
        if (single) envelope.docs = [yield* readLargeDocument(reader)];
        else yield* readContent(reader, envelope);
        break;
      default:
        envelope.unknownFields = reader.keepUnknown(envelope.unknownFields, tag, start);
    }
    if (reader.due()) yield;
  }
}

function readHeader(reader: RequestReader, envelope: Envelope): void {
  const outer = reader.enter();
  while (reader.more()) {
    const start = reader.pos;
    const tag = reader.tag();
    switch (tag) {
      case 10:
        envelope.requestId = reader.string();
        break;
      case 18:
        envelope.status = readStatus(reader);
        break;
      case 26:
        envelope.execEndpoint = reader.string();
        break;
      case 34:
        envelope.targetExecutor = reader.string();
        break;
      case 40:
        envelope.timeout = reader.uint32();
        break;
      default:
        envelope.headerUnknownFields = reader.keepUnknown(envelope.headerUnknownFields, tag, start);
    }
  }
  reader.leave(outer);
}

function* readContent(reader: RequestReader, envelope: Envelope): Sliced<void> {
  const outer = reader.enter();
  while (reader.more()) {
    const start = reader.pos;
    const tag = reader.tag();
    switch (tag) {
      case 10:
        envelope.pickled = false;
        yield* readDocumentArray(reader, envelope, envelope.docs);
        break;
      case 18:
        envelope.pickled = reader.bytes().length > 0;
        envelope.docs = [];
        break;
      default:
        envelope.contentUnknownFields = reader.keepUnknown(
          envelope.contentUnknownFields,
          tag,
          start,
        );
    }
    if (reader.due()) yield;
  }
  reader.leave(outer);
}

function* readDocumentArray(
  reader: RequestReader,
  envelope: Envelope,
  docs: Document[],
): Sliced<void> {
  const outer = reader.enter();
  while (reader.more()) {
    const start = reader.pos;
    const tag = reader.tag();
    if (tag === 10) {
      docs.push(reader.large ? yield* readLargeDocument(reader) : readDocument(reader));
    } else {
      envelope.arrayUnknownFields = reader.keepUnknown(envelope.arrayUnknownFields, tag, start);
    }
    if (reader.due()) yield;
  }
  reader.leave(outer);
}

function writeEnvelope(
  sink: WireSink,
  request: DataRequest,
  targetExecutor: string | undefined,
  status?: Status,
): void {
  writeHead(sink, request, targetExecutor, status);
  sink.begin(34);
  sink.begin(10);
  for (const doc of request.docs) writeDocument(sink, 10, doc);
  sink.raw(request.arrayUnknownFields);
  sink.end();
  sink.raw(request.contentUnknownFields);
  sink.end();
  sink.raw(request.unknownFields);
}

function writeHead(
  sink: WireSink,
  request: DataRequest,
  targetExecutor: string | undefined,
  status?: Status,
): void {
  writeHeader(sink, request, targetExecutor, status);
  sink.begin(18);
  writeStruct(sink, request.parameters);
  sink.end();
  if (request.routes !== undefined) {
    for (const route of request.routes) writeRoute(sink, 26, route);
  }
}

function* writeLargeHead(
  sink: WireSink,
  request: DataRequest,
  targetExecutor: string | undefined,
  slices: Slices,
  status?: Status,
): Sliced<void> {
  writeHeader(sink, request, targetExecutor, status);
  sink.begin(18);
  yield* writeLargeStruct(sink, request.parameters, slices);
  sink.end();
  for (const route of request.routes ?? []) {
    writeRoute(sink, 26, route);
    if (slices.spent(ROUTE_UNITS)) yield;
  }
}

/** Units of work of a route that is written. */
const ROUTE_UNITS = 500;

function writeHeader(
  sink: WireSink,
  request: DataRequest,
  targetExecutor: string | undefined,
  status?: Status,
): void {
  sink.begin(10);
  sink.string(10, request.requestId);
  if (status !== undefined) writeStatus(sink, 18, status);
  sink.string(26, request.execEndpoint);
  // Since jina 3.6 an answer has it set and empty, whatever the request had.
  if (targetExecutor !== undefined) sink.string(34, targetExecutor);
  if (request.timeout !== undefined) sink.varint(40, request.timeout);
  sink.raw(request.headerUnknownFields);
  sink.end();
}
