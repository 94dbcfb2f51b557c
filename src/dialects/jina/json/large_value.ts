/** Free values of a request, of any size. */
import type { JsonReader } from "../../../encoding/json_reader.ts";
import type { JsonBytes } from "../../../encoding/json_bytes.ts";
import { type ObjectBuilder, readJsonValue } from "../../../encoding/json_value.ts";
import type { Sliced, Slices } from "../../../encoding/slices.ts";
import { keysOf, rememberLarge, setMember } from "../document/large_object.ts";
import { isLightValue } from "../document/lightness.ts";
import type { RequestSize } from "../document/request_size.ts";

const LARGE_OBJECTS: ObjectBuilder = { make: () => rememberLarge({}), set: setMember };

/**
 * Reads the value at the cursor, as `JSON.parse` does.
 * @param size counts what is in it.
 */
export function readLargeValue(reader: JsonReader, size: RequestSize): Sliced<unknown> {
  return readJsonValue(reader, size, LARGE_OBJECTS);
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
