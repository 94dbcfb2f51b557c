/** JSON values of any size, built in slices. */
import type { JsonReader } from "./json_reader.ts";
import type { Sliced } from "./slices.ts";

/** Values up to this size are parsed at once. */
export const SMALL_BYTES = 1 << 18;

const QUOTE = 0x22;
const OPEN_LIST = 0x5b;
const OPEN_OBJECT = 0x7b;

/** Units of work of an entry, beside its bytes. */
const ENTRY_UNITS = 500;

/** Counts what is read; what it throws ends the reading. */
export interface JsonCounter {
  /** Entries of lists and objects. */
  values(count: number): void;
  /** Bytes of heap of a text. */
  weigh(bytes: number): void;
}

/** How objects are built that are too large to be parsed at once. */
export interface ObjectBuilder {
  /** A new one, without members. */
  make(): Record<string, unknown>;
  set(object: Record<string, unknown>, key: string, value: unknown): void;
}

/** Plain objects. */
export const PLAIN_OBJECTS: ObjectBuilder = { make: () => ({}), set: setMember };

/** Sets a member, also of the one name where assignment would do something else. */
export function setMember<T>(object: Record<string, T>, key: string, value: T): void {
  if (key !== "__proto__") object[key] = value;
  else {
    Object.defineProperty(object, key, {
      value,
      enumerable: true,
      configurable: true,
      writable: true,
    });
  }
}

/** Whether a value of JSON is an object, and no list. */
export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Reads the value at the cursor, as `JSON.parse` does. */
export function* readJsonValue(
  reader: JsonReader,
  counter: JsonCounter,
  objects: ObjectBuilder = PLAIN_OBJECTS,
): Sliced<unknown> {
  const end = reader.ends(SMALL_BYTES);
  if (end >= 0) {
    const value = yield* reader.parse(end);
    countValues(value, counter);
    return value;
  }
  const first = reader.bytes[reader.at];
  if (first === QUOTE) {
    const text = yield* reader.string();
    counter.weigh(text.length);
    return text;
  }
  if (first === OPEN_LIST) {
    const list: unknown[] = [];
    reader.enter();
    for (let first = true; yield* reader.element(first); first = false) {
      const end = reader.runEnds(SMALL_BYTES);
      if (end >= 0) {
        const run = yield* reader.parseRun(end);
        countValues(run, counter);
        for (const item of run) list.push(item);
      } else {
        counter.values(1);
        list.push(yield* readJsonValue(reader, counter, objects));
      }
      if (reader.slices.spent(ENTRY_UNITS)) yield;
    }
    return list;
  }
  if (first === OPEN_OBJECT) {
    const object = objects.make();
    reader.enter();
    for (let key = yield* reader.member(true); key !== undefined;) {
      counter.values(1);
      objects.set(object, key, yield* readJsonValue(reader, counter, objects));
      if (reader.slices.spent(ENTRY_UNITS)) yield;
      key = yield* reader.member(false);
    }
    return object;
  }
  // A number without end, or nothing that is a value.
  yield* reader.skip();
  return null;
}

/** Counts the entries of a value, and of all that is in it. */
export function countValues(value: unknown, counter: JsonCounter): void {
  if (Array.isArray(value)) {
    counter.values(value.length);
    for (const item of value) if (typeof item === "object") countValues(item, counter);
  } else if (typeof value === "object" && value !== null) {
    for (const key in value) {
      counter.values(1);
      const item = (value as Record<string, unknown>)[key];
      if (typeof item === "object") countValues(item, counter);
    }
  }
}
