/** The fields of `jina.DataRequestProto`, written at once or in slices. */
import type { DataRequest, DataResponse, Status } from "../document/request.ts";
import type { WireSink } from "../../../encoding/protobuf_sink.ts";
import type { Sliced, Slices } from "../../../encoding/slices.ts";
import { writeDocument, writeDocuments } from "./write_document.ts";
import { writeRoute, writeStatus } from "./status.ts";
import { writeLargeStruct, writeStruct } from "./struct.ts";

/** Writes all fields of a request or response. @param targetExecutor absent leaves it unset. */
export function writeEnvelope(
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

/** The fields before the documents, in slices. */
export function* writeLargeHead(
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

/** As `writeEnvelope`, of a response, in slices. */
export function* writeLargeEnvelope(
  sink: WireSink,
  response: DataResponse,
  slices: Slices,
): Sliced<void> {
  yield* writeLargeHead(sink, response, "", slices, response.status);
  sink.begin(34);
  sink.begin(10);
  yield* writeDocuments(sink, 10, response.docs, slices);
  sink.raw(response.arrayUnknownFields);
  sink.end();
  sink.raw(response.contentUnknownFields);
  sink.end();
  sink.raw(response.unknownFields);
}
