/** `jina.DataRequestProto` and its relatives: requests in, responses out. */
import { ClipError } from "../../../errors.ts";
import type { Document } from "../document/document.ts";
import { newId } from "../document/document_id.ts";
import { readDocument, writeDocument } from "./document.ts";
import { readRoute, readStatus, writeRoute, writeStatus } from "./status.ts";
import { readStruct, writeStruct } from "./struct.ts";
import type { DataRequest, DataResponse, Status } from "../document/request.ts";
import { RequestDecodeError } from "../document/request_error.ts";
import { plainBytes, WireReader } from "../../../encoding/protobuf_reader.ts";
import { encodeMessage, type WireSink } from "../../../encoding/protobuf_writer.ts";

/** What is known of a message while it is read: a request may carry a response's fields. */
interface Envelope extends DataRequest {
  status?: Status;
  /** `docs_bytes` was set: a Python pickle, refused once the envelope is read. */
  pickled?: boolean;
}

/**
 * Decodes a `DataRequestProto`. Blobs and array buffers are views of `bytes`: nothing is copied.
 *
 * A missing request id is made up, a missing endpoint is `/`. Fields that this server does not know
 * are kept for the answer, at every level but inside `Struct` and `Timestamp`, whose fields are
 * fixed for good.
 *
 * @throws {RequestDecodeError} not such a message; or documents as `docs_bytes`, a Python pickle,
 * which is never unpickled.
 */
export function decodeRequestProto(bytes: Uint8Array): DataRequest {
  const { status: _, ...request } = decodeEnvelope(bytes);
  return request;
}

/**
 * Decodes a `DataRequestProto` that is an answer.
 *
 * @throws {RequestDecodeError} as `decodeRequestProto`.
 */
export function decodeResponseProto(bytes: Uint8Array): DataResponse {
  const envelope = decodeEnvelope(bytes);
  return { ...envelope, routes: envelope.routes ?? [] };
}

/**
 * Decodes a `DataRequestListProto`, the argument of `process_data`.
 *
 * @throws {ClipError} invalid: not such a message, or one of the requests is not.
 */
export function decodeRequestListProto(bytes: Uint8Array): DataRequest[] {
  const reader = new WireReader(plainBytes(bytes));
  const requests: DataRequest[] = [];
  while (reader.more()) {
    const tag = reader.tag();
    if (tag === 10) requests.push(decodeRequestProto(reader.bytes()));
    else reader.skip(tag);
  }
  return requests;
}

/** Decodes a `SingleDocumentRequestProto`: a request of one document (jina >= 3.20). */
export function decodeSingleDocumentRequestProto(bytes: Uint8Array): DataRequest {
  const { status: _, ...request } = decodeEnvelope(bytes, true);
  return request;
}

/** Encodes a request as a client does. */
export function encodeRequestProto(request: DataRequest): Uint8Array {
  return encodeMessage((sink) => writeEnvelope(sink, request, request.targetExecutor));
}

/** Encodes a response: one allocation of the exact size, every blob copied once. */
export function encodeResponseProto(response: DataResponse): Uint8Array {
  return encodeMessage((sink) => writeEnvelope(sink, response, "", response.status));
}

/** Encodes the answer to a `SingleDocumentRequestProto` with the response's first document. */
export function encodeSingleDocumentResponseProto(response: DataResponse): Uint8Array {
  return encodeMessage((sink) => {
    writeHead(sink, response, "", response.status);
    if (response.docs[0] !== undefined) writeDocument(sink, 34, response.docs[0]);
    sink.raw(response.unknownFields);
  });
}

function decodeEnvelope(bytes: Uint8Array, single = false): Envelope {
  const envelope: Envelope = { requestId: "", execEndpoint: "/", parameters: {}, docs: [] };
  try {
    readEnvelope(new WireReader(plainBytes(bytes)), envelope, single);
  } catch (error) {
    if (envelope.requestId === "") envelope.requestId = newId();
    const { docs: _, pickled: __, ...head } = envelope;
    const wrapped = ClipError.wrap(error, "invalid");
    throw new RequestDecodeError(wrapped.message, { ...head, docs: [] }, { cause: error });
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

function readEnvelope(reader: WireReader, envelope: Envelope, single: boolean): void {
  while (reader.more()) {
    const start = reader.pos;
    const tag = reader.tag();
    switch (tag) {
      case 10:
        readHeader(reader, envelope);
        break;
      case 18:
        readStruct(reader, envelope.parameters);
        break;
      case 26:
        (envelope.routes ??= []).push(readRoute(reader));
        break;
      case 34:
        if (single) envelope.docs = [readDocument(reader)];
        else readContent(reader, envelope);
        break;
      default:
        (envelope.unknownFields ??= []).push(reader.unknown(tag, start));
    }
  }
}

function readHeader(reader: WireReader, envelope: Envelope): void {
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
        (envelope.headerUnknownFields ??= []).push(reader.unknown(tag, start));
    }
  }
  reader.leave(outer);
}

function readContent(reader: WireReader, envelope: Envelope): void {
  const outer = reader.enter();
  while (reader.more()) {
    const start = reader.pos;
    const tag = reader.tag();
    switch (tag) {
      case 10:
        envelope.pickled = false;
        readDocumentArray(reader, envelope, envelope.docs);
        break;
      case 18:
        envelope.pickled = reader.bytes().length > 0;
        envelope.docs = [];
        break;
      default:
        (envelope.contentUnknownFields ??= []).push(reader.unknown(tag, start));
    }
  }
  reader.leave(outer);
}

function readDocumentArray(reader: WireReader, envelope: Envelope, docs: Document[]): void {
  const outer = reader.enter();
  while (reader.more()) {
    const start = reader.pos;
    const tag = reader.tag();
    if (tag === 10) docs.push(readDocument(reader));
    else (envelope.arrayUnknownFields ??= []).push(reader.unknown(tag, start));
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
  sink.begin(10);
  sink.string(10, request.requestId);
  if (status !== undefined) writeStatus(sink, 18, status);
  sink.string(26, request.execEndpoint);
  // Since jina 3.6 an answer has it set and empty, whatever the request had.
  if (targetExecutor !== undefined) sink.string(34, targetExecutor);
  if (request.timeout !== undefined) sink.varint(40, request.timeout);
  sink.raw(request.headerUnknownFields);
  sink.end();
  sink.begin(18);
  writeStruct(sink, request.parameters);
  sink.end();
  if (request.routes !== undefined) {
    for (const route of request.routes) writeRoute(sink, 26, route);
  }
}
