/** `jina.StatusProto`, `RouteProto` and `google.protobuf.Timestamp`. */
import type { Route, Status, StatusException } from "../document/request.ts";
import { plainBytes } from "../../../encoding/protobuf_reader.ts";
import type { WireSink } from "../../../encoding/protobuf_sink.ts";
import { encodeMessage } from "../../../encoding/protobuf_writer.ts";
import { RequestReader } from "./request_reader.ts";

/**
 * Encodes a `StatusProto`, the answer of `dry_run`. Success without a description is zero bytes.
 *
 * @param status absent means success.
 */
export function encodeStatusProto(status?: Status): Uint8Array {
  return encodeMessage((sink) =>
    status === undefined ? undefined : writeStatusFields(sink, status)
  );
}

/** Decodes a `StatusProto`. @throws {ClipError} invalid: not such a message. */
export function decodeStatusProto(bytes: Uint8Array): Status {
  return readStatusFields(new RequestReader(plainBytes(bytes)));
}

/** Reads a length-delimited `StatusProto`. */
export function readStatus(reader: RequestReader): Status {
  const outer = reader.enter();
  const status = readStatusFields(reader);
  reader.leave(outer);
  return status;
}

function readStatusFields(reader: RequestReader): Status {
  const status: Status = { code: 0, description: "" };
  while (reader.more()) {
    const tag = reader.tag();
    switch (tag) {
      case 8:
        // Servers before jina 3.6 have other numbers; whatever is not 0 did not succeed.
        status.code = reader.uint32() === 0 ? 0 : 1;
        break;
      case 18:
        status.description = reader.string();
        break;
      case 26:
        status.exception = readException(reader);
        break;
      default:
        reader.skip(tag);
    }
  }
  return status;
}

function readException(reader: RequestReader): StatusException {
  const exception: StatusException = { name: "", args: [], stacks: [], executor: "" };
  const outer = reader.enter();
  while (reader.more()) {
    const tag = reader.tag();
    switch (tag) {
      case 10:
        exception.name = reader.string();
        break;
      case 18:
        reader.size.values(1);
        exception.args.push(reader.string());
        break;
      case 26:
        reader.size.values(1);
        exception.stacks.push(reader.string());
        break;
      case 34:
        exception.executor = reader.string();
        break;
      default:
        reader.skip(tag);
    }
  }
  reader.leave(outer);
  return exception;
}

/** Writes a status as the field `tag`. */
export function writeStatus(sink: WireSink, tag: number, status: Status): void {
  sink.begin(tag);
  writeStatusFields(sink, status);
  sink.end();
}

function writeStatusFields(sink: WireSink, status: Status): void {
  if (status.code !== 0) sink.varint(8, status.code);
  if (status.description !== "") sink.string(18, status.description);
  const exception = status.exception;
  if (exception === undefined) return;
  sink.begin(26);
  if (exception.name !== "") sink.string(10, exception.name);
  for (const arg of exception.args) sink.string(18, arg);
  for (const stack of exception.stacks) sink.string(26, stack);
  if (exception.executor !== "") sink.string(34, exception.executor);
  sink.end();
}

/** Reads a length-delimited `RouteProto`. */
export function readRoute(reader: RequestReader): Route {
  const route: Route = { executor: "", startTime: 0 };
  const outer = reader.enter();
  while (reader.more()) {
    const tag = reader.tag();
    switch (tag) {
      case 10:
        route.executor = reader.string();
        break;
      case 18:
        route.startTime = readTimestamp(reader);
        break;
      case 26:
        route.endTime = readTimestamp(reader);
        break;
      case 34:
        route.status = readStatus(reader);
        break;
      default:
        reader.skip(tag);
    }
  }
  reader.leave(outer);
  return route;
}

/** Writes a route as the field `tag`. */
export function writeRoute(sink: WireSink, tag: number, route: Route): void {
  sink.begin(tag);
  if (route.executor !== "") sink.string(10, route.executor);
  writeTimestamp(sink, 18, route.startTime);
  if (route.endTime !== undefined) writeTimestamp(sink, 26, route.endTime);
  if (route.status !== undefined) writeStatus(sink, 34, route.status);
  sink.end();
}

function readTimestamp(reader: RequestReader): number {
  let seconds = 0;
  let nanos = 0;
  const outer = reader.enter();
  while (reader.more()) {
    const tag = reader.tag();
    if (tag === 8) seconds = reader.int64();
    else if (tag === 16) nanos = reader.int64();
    else reader.skip(tag);
  }
  reader.leave(outer);
  return seconds * 1000 + nanos / 1e6;
}

function writeTimestamp(sink: WireSink, tag: number, milliseconds: number): void {
  // Whole microseconds: what Python's clock has, and what a double of this size holds.
  const micros = Math.round(milliseconds * 1000);
  const seconds = Math.floor(micros / 1e6);
  const nanos = (micros - seconds * 1e6) * 1000;
  sink.begin(tag);
  if (seconds !== 0) sink.varint(8, seconds);
  if (nanos !== 0) sink.varint(16, nanos);
  sink.end();
}
