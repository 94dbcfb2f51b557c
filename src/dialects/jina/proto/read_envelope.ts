/** The fields of `jina.DataRequestProto`, read at once or in slices. */
import type { Document } from "../document/document.ts";
import type { DataRequest, Status } from "../document/request.ts";
import type { Sliced } from "../../../encoding/slices.ts";
import { readDocument, readLargeDocument } from "./read_document.ts";
import type { RequestReader } from "./request_reader.ts";
import { readRoute, readStatus } from "./status.ts";
import { readLargeStruct, readStruct } from "./struct.ts";

/** What is known of a message while it is read: a request may carry a response's fields. */
export interface Envelope extends DataRequest {
  status?: Status;
  /** `docs_bytes` was set: a Python pickle, refused once the envelope is read. */
  pickled?: boolean;
}

/**
 * Reads all fields.
 * @param single of a `SingleDocumentRequestProto`.
 * @throws {ClipError} invalid: not such a message; too_large: more than the limits allow.
 */
export function readEnvelope(reader: RequestReader, envelope: Envelope, single: boolean): void {
  while (reader.more()) {
    const start = reader.pos;
    const tag = reader.tag();
    if (tag === 18) readStruct(reader, envelope.parameters);
    else if (tag !== 34) readField(reader, envelope, tag, start);
    else if (single) envelope.docs = [readDocument(reader)];
    else readContent(reader, envelope);
  }
}

function readContent(reader: RequestReader, envelope: Envelope): void {
  const outer = reader.enter();
  while (reader.more()) {
    const start = reader.pos;
    const tag = reader.tag();
    if (tag === 10) readDocumentArray(reader, envelope);
    else readContentField(reader, envelope, tag, start);
  }
  reader.leave(outer);
}

function readDocumentArray(reader: RequestReader, envelope: Envelope): void {
  envelope.pickled = false;
  const { docs } = envelope;
  const outer = reader.enter();
  while (reader.more()) {
    const start = reader.pos;
    const tag = reader.tag();
    if (tag === 10) docs.push(readDocument(reader));
    else readArrayField(reader, envelope, tag, start);
  }
  reader.leave(outer);
}

/** As `readEnvelope`, in slices. */
export function* readLargeEnvelope(
  reader: RequestReader,
  envelope: Envelope,
  single: boolean,
): Sliced<void> {
  while (reader.more()) {
    const start = reader.pos;
    const tag = reader.tag();
    if (tag === 18) yield* readLargeStruct(reader, envelope.parameters);
    else if (tag !== 34) readField(reader, envelope, tag, start);
    else if (single) envelope.docs = [yield* readLargeDocument(reader)];
    else yield* readLargeContent(reader, envelope);
    if (reader.due()) yield;
  }
}

function* readLargeContent(reader: RequestReader, envelope: Envelope): Sliced<void> {
  const outer = reader.enter();
  while (reader.more()) {
    const start = reader.pos;
    const tag = reader.tag();
    if (tag === 10) yield* readLargeDocumentArray(reader, envelope);
    else readContentField(reader, envelope, tag, start);
    if (reader.due()) yield;
  }
  reader.leave(outer);
}

function* readLargeDocumentArray(reader: RequestReader, envelope: Envelope): Sliced<void> {
  envelope.pickled = false;
  const docs: Document[] = envelope.docs;
  const outer = reader.enter();
  while (reader.more()) {
    const start = reader.pos;
    const tag = reader.tag();
    if (tag === 10) {
      docs.push(reader.large ? yield* readLargeDocument(reader) : readDocument(reader));
    } else readArrayField(reader, envelope, tag, start);
    if (reader.due()) yield;
  }
  reader.leave(outer);
}

/** Any field but parameters and content. */
function readField(reader: RequestReader, envelope: Envelope, tag: number, start: number): void {
  if (tag === 10) readHeader(reader, envelope);
  else if (tag === 26) {
    reader.size.values(1);
    (envelope.routes ??= []).push(readRoute(reader));
  } else envelope.unknownFields = reader.keepUnknown(envelope.unknownFields, tag, start);
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

/** Any field of the content but `docs`. */
function readContentField(
  reader: RequestReader,
  envelope: Envelope,
  tag: number,
  start: number,
): void {
  if (tag === 18) {
    envelope.pickled = reader.bytes().length > 0;
    envelope.docs = [];
  } else {
    const kept = envelope.contentUnknownFields;
    envelope.contentUnknownFields = reader.keepUnknown(kept, tag, start);
  }
}

function readArrayField(
  reader: RequestReader,
  envelope: Envelope,
  tag: number,
  start: number,
): void {
  const kept = envelope.arrayUnknownFields;
  envelope.arrayUnknownFields = reader.keepUnknown(kept, tag, start);
}
