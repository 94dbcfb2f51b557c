/** `google.protobuf.Struct`, `Value` and `ListValue`: JSON inside protobuf. */
import { ClipError } from "../../../errors.ts";
import type { JsonObject, JsonValue } from "../document/document.ts";
import { MAX_MESSAGE_DEPTH } from "../../../encoding/protobuf_reader.ts";
import type { WireSink } from "../../../encoding/protobuf_sink.ts";
import type { Sliced, Slices } from "../../../encoding/slices.ts";
import { keysOf, rememberLarge, setMember } from "../document/large_object.ts";
import type { RequestReader } from "./request_reader.ts";

/** Reads a length-delimited `Struct` into `target`; a repeated key takes the last value. */
export function readStruct(reader: RequestReader, target: JsonObject = {}): JsonObject {
  const outer = reader.enter();
  while (reader.more()) {
    const tag = reader.tag();
    if (tag === 10) readEntry(reader, target);
    else reader.skip(tag);
  }
  reader.leave(outer);
  return target;
}

function readEntry(reader: RequestReader, target: JsonObject): void {
  reader.size.values(1);
  let key = "";
  let value: JsonValue = null;
  const outer = reader.enter();
  while (reader.more()) {
    const tag = reader.tag();
    if (tag === 10) key = reader.string();
    else if (tag === 18) value = readValue(reader);
    else reader.skip(tag);
  }
  reader.leave(outer);
  setMember(target, key, value);
}

function readValue(reader: RequestReader): JsonValue {
  let value: JsonValue = null;
  const outer = reader.enter();
  while (reader.more()) {
    const tag = reader.tag();
    if (tag === 26) value = reader.string();
    else if (tag === 42) value = readStruct(reader);
    else if (tag === 50) value = readList(reader);
    else value = readScalar(reader, tag, value);
  }
  reader.leave(outer);
  return value;
}

/** Reads what takes no time; what is no value leaves the one that was there. */
function readScalar(reader: RequestReader, tag: number, before: JsonValue): JsonValue {
  switch (tag) {
    case 8:
      reader.uint32();
      return null;
    case 17:
      return reader.double();
    case 32:
      return reader.uint32() !== 0;
    default:
      reader.skip(tag);
      return before;
  }
}

function readList(reader: RequestReader): JsonValue[] {
  const values: JsonValue[] = [];
  const outer = reader.enter();
  while (reader.more()) {
    const tag = reader.tag();
    if (tag === 10) {
      reader.size.values(1);
      values.push(readValue(reader));
    } else reader.skip(tag);
  }
  reader.leave(outer);
  return values;
}

/** As `readStruct`, in slices. */
export function* readLargeStruct(
  reader: RequestReader,
  target: JsonObject = {},
): Sliced<JsonObject> {
  if (reader.large) rememberLarge(target);
  const outer = reader.enter();
  while (reader.more()) {
    const tag = reader.tag();
    if (tag !== 10) reader.skip(tag);
    else if (reader.large) yield* readLargeEntry(reader, target);
    else readEntry(reader, target);
    if (reader.due()) yield;
  }
  reader.leave(outer);
  return target;
}

function* readLargeEntry(reader: RequestReader, target: JsonObject): Sliced<void> {
  let key = "";
  let value: JsonValue = null;
  reader.size.values(1);
  const outer = reader.enter();
  while (reader.more()) {
    const tag = reader.tag();
    if (tag === 10) key = yield* reader.longString();
    else if (tag === 18) value = yield* readLargeValue(reader);
    else reader.skip(tag);
    if (reader.due()) yield;
  }
  reader.leave(outer);
  setMember(target, key, value);
}

function* readLargeValue(reader: RequestReader): Sliced<JsonValue> {
  if (!reader.large) return readValue(reader);
  let value: JsonValue = null;
  const outer = reader.enter();
  while (reader.more()) {
    const tag = reader.tag();
    if (tag === 26) value = yield* reader.longString();
    else if (tag === 42) value = yield* readLargeStruct(reader);
    else if (tag === 50) value = yield* readLargeList(reader);
    else value = readScalar(reader, tag, value);
    if (reader.due()) yield;
  }
  reader.leave(outer);
  return value;
}

function* readLargeList(reader: RequestReader): Sliced<JsonValue[]> {
  const values: JsonValue[] = [];
  const outer = reader.enter();
  while (reader.more()) {
    const tag = reader.tag();
    if (tag === 10) {
      reader.size.values(1);
      values.push(yield* readLargeValue(reader));
    } else reader.skip(tag);
    if (reader.due()) yield;
  }
  reader.leave(outer);
  return values;
}

/**
 * Writes the fields of a `Struct`; the caller has begun the message.
 *
 * @throws {ClipError} invalid: nested deeper than `MAX_MESSAGE_DEPTH`.
 */
export function writeStruct(sink: WireSink, struct: JsonObject): void {
  writeFields(sink, struct, 0);
}

function writeFields(sink: WireSink, struct: JsonObject, depth: number): void {
  for (const key of Object.keys(struct)) {
    const value = struct[key];
    if (value === undefined) continue;
    sink.begin(10);
    sink.string(10, key);
    writeValue(sink, 18, value, depth);
    sink.end();
  }
}

function writeValue(sink: WireSink, tag: number, value: JsonValue, depth: number): void {
  if (depth > MAX_MESSAGE_DEPTH) {
    throw new ClipError(
      "invalid",
      `Cannot encode tags or parameters: they are nested deeper than ${MAX_MESSAGE_DEPTH}`,
    );
  }
  sink.begin(tag);
  if (value === null) {
    sink.varint(8, 0);
  } else if (typeof value === "number") {
    sink.double(17, value);
  } else if (typeof value === "string") {
    sink.string(26, value);
  } else if (typeof value === "boolean") {
    sink.varint(32, value ? 1 : 0);
  } else if (Array.isArray(value)) {
    sink.begin(50);
    for (const item of value) writeValue(sink, 10, item, depth + 1);
    sink.end();
  } else {
    sink.begin(42);
    writeFields(sink, value, depth + 1);
    sink.end();
  }
  sink.end();
}

/** As `writeStruct`, in slices. */
export function* writeLargeStruct(
  sink: WireSink,
  struct: JsonObject,
  slices: Slices,
  depth = 0,
): Sliced<void> {
  for (const key of keysOf(struct)) {
    const value = struct[key];
    if (value === undefined) continue;
    sink.begin(10);
    sink.string(10, key);
    yield* writeLargeValue(sink, 18, value, slices, depth);
    sink.end();
    if (slices.spent(VALUE_UNITS)) yield;
  }
}

/** Units of work of a value that is written. */
const VALUE_UNITS = 100;

function* writeLargeValue(
  sink: WireSink,
  tag: number,
  value: JsonValue,
  slices: Slices,
  depth: number,
): Sliced<void> {
  if (typeof value !== "object" || value === null || depth > MAX_MESSAGE_DEPTH) {
    writeValue(sink, tag, value, depth);
    return;
  }
  sink.begin(tag);
  if (Array.isArray(value)) {
    sink.begin(50);
    for (const item of value) {
      yield* writeLargeValue(sink, 10, item, slices, depth + 1);
      if (slices.spent(VALUE_UNITS)) yield;
    }
  } else {
    sink.begin(42);
    yield* writeLargeStruct(sink, value, slices, depth + 1);
  }
  sink.end();
  sink.end();
}
