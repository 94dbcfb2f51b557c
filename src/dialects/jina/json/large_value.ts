/** JSON values of any size, built in slices. */
import type { JsonReader } from "../../../encoding/json_reader.ts";
import type { JsonBytes } from "../../../encoding/json_bytes.ts";
import type { Sliced, Slices } from "../../../encoding/slices.ts";
import { keysOf, rememberLarge, setMember } from "../document/large_object.ts";
import { isLightValue } from "../document/lightness.ts";
import type { RequestSize } from "../document/request_size.ts";
import { countValues } from "./document.ts";

/** Values up to this size are parsed at once. */
export const SMALL_BYTES = 1 << 18;

const QUOTE = 0x22;
const OPEN_LIST = 0x5b;
const OPEN_OBJECT = 0x7b;

/**
 * Reads the value at the cursor, as `JSON.parse` does.
 * @param size counts what is in it.
 */
export function* readLargeValue(reader: JsonReader, size: RequestSize): Sliced<unknown> {
  const end = reader.ends(SMALL_BYTES);
  if (end >= 0) {
    const value = yield* reader.parse(end);
    countValues(value, size);
    return value;
  }
  const first = reader.bytes[reader.at];
  if (first === QUOTE) {
    const text = yield* reader.string();
    size.weigh(text.length);
    return text;
  }
  if (first === OPEN_LIST) {
    const list: unknown[] = [];
    reader.enter();
    for (let first = true; yield* reader.element(first); first = false) {
      const end = reader.runEnds(SMALL_BYTES);
      if (end >= 0) {
        const run = yield* reader.parseRun(end);
        countValues(run, size);
        for (const item of run) list.push(item);
      } else {
        size.values(1);
        list.push(yield* readLargeValue(reader, size));
      }
      if (reader.slices.spent(ENTRY_UNITS)) yield;
    }
    return list;
  }
  if (first === OPEN_OBJECT) {
    const object: Record<string, unknown> = {};
    rememberLarge(object);
    reader.enter();
    for (let key = yield* reader.member(true); key !== undefined;) {
      size.values(1);
      setMember(object, key, yield* readLargeValue(reader, size));
      if (reader.slices.spent(ENTRY_UNITS)) yield;
      key = yield* reader.member(false);
    }
    return object;
  }
  // A number without end, or nothing that is a value.
  yield* reader.skip();
  return null;
}

/** Units of work of an entry, beside its bytes. */
const ENTRY_UNITS = 500;

/** Writes a value as `JSON.stringify` does. */
export function* writeLargeValue(json: JsonBytes, value: unknown, slices: Slices): Sliced<void> {
  if (typeof value === "string") return yield* json.longText(value, slices);
  if (typeof value !== "object" || value === null || isLightValue(value)) {
    json.raw(JSON.stringify(value));
    if (slices.spent(ENTRY_UNITS)) yield;
    return;
  }
  if (Array.isArray(value)) {
    let before = "[";
    for (const item of value) {
      json.raw(before);
      yield* writeLargeValue(json, item, slices);
      before = ",";
    }
  } else {
    let before = "{";
    for (const key of keysOf(value)) {
      json.raw(`${before}${JSON.stringify(key)}:`);
      yield* writeLargeValue(json, (value as Record<string, unknown>)[key], slices);
      before = ",";
    }
  }
  // What is not light is not empty.
  json.raw(Array.isArray(value) ? "]" : "}");
}
