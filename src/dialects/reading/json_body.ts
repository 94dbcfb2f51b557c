/** A request's body as JSON, read under bounds, large ones in slices. */
import { isUtf8 } from "node:buffer";
import { findJsonFault, locateFault } from "../../encoding/json_fault.ts";
import { JsonReader } from "../../encoding/json_reader.ts";
import { FEW_VALUES_BYTES, parsedAtOnce, withoutBom } from "../../encoding/json_text.ts";
import { JsonDepthError, JsonSyntaxError } from "../../encoding/json_tokens.ts";
import { countValues, isObject, readJsonValue } from "../../encoding/json_value.ts";
import { inSlices, type Sliced, type Slices } from "../../encoding/slices.ts";
import { isUtf8InSlices } from "../../encoding/utf8_slices.ts";
import { ClipError } from "../../errors.ts";
import type { HttpCall } from "../../exchange/http.ts";
import { type BodyBounds, BodySize } from "./body_size.ts";

/** Lists and objects in one another. */
const MAX_DEPTH = 64;

/** The body is not JSON. */
export class NotJsonError extends ClipError {
  /** @param reason what is wrong, and where. */
  constructor(reason: string) {
    super("invalid", `The body is not JSON: ${reason}`, { name: "NotJsonError" });
  }
}

/** Bodies that were read: several dialects may look at one. */
const READ = new WeakMap<HttpCall, Promise<unknown>>();

/**
 * The body's value; it is read once, whoever asks.
 * @throws {NotJsonError}
 * @throws {ClipError} too_large, or what the call's `grow` throws.
 */
export function jsonBody(call: HttpCall, bounds: BodyBounds): Promise<unknown> {
  const known = READ.get(call);
  if (known) return known;
  const size = new BodySize(bounds, call.grow);
  const reading = Promise.resolve().then(() =>
    inSlices((slices) => readBody(withoutBom(call.body), size, slices), call.signal)
  );
  READ.set(call, reading);
  return reading;
}

/** Whether the body is an object that has a key. What is no JSON has none. */
export async function hasKey(call: HttpCall, bounds: BodyBounds, key: string): Promise<boolean> {
  try {
    const body = await jsonBody(call, bounds);
    return isObject(body) && Object.hasOwn(body, key);
  } catch {
    return false;
  }
}

function* readBody(bytes: Uint8Array, size: BodySize, slices: Slices): Sliced<unknown> {
  if (bytes.length <= FEW_VALUES_BYTES ? !isUtf8(bytes) : !(yield* isUtf8InSlices(bytes, slices))) {
    throw new NotJsonError("it is not valid UTF-8");
  }
  const text = parsedAtOnce(bytes);
  const value = text === undefined
    ? yield* readLarge(bytes, size, slices)
    : yield* readSmall(bytes, text, size, slices);
  size.finish();
  return value;
}

function* readSmall(
  bytes: Uint8Array,
  text: string,
  size: BodySize,
  slices: Slices,
): Sliced<unknown> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    const fault = yield* findJsonFault(bytes, slices);
    throw fault === undefined ? error : new NotJsonError(fault.message);
  }
  requireFlat(value, MAX_DEPTH);
  // Texts and pictures are there twice now.
  size.weigh(bytes.length);
  countValues(value, size);
  return value;
}

function* readLarge(bytes: Uint8Array, size: BodySize, slices: Slices): Sliced<unknown> {
  const reader = new JsonReader(bytes, slices, MAX_DEPTH);
  try {
    yield* reader.next();
    const value = yield* readJsonValue(reader, size);
    if ((yield* reader.next()) !== undefined) throw reader.fault("Extra data");
    return value;
  } catch (thrown) {
    if (thrown instanceof JsonDepthError) throw tooDeep();
    if (!(thrown instanceof JsonSyntaxError)) throw thrown;
    throw new NotJsonError((yield* locateFault(bytes, thrown, slices)).message);
  }
}

/** Refuses what recursion over the body could not bear. */
function requireFlat(value: unknown, left: number): void {
  if (typeof value !== "object" || value === null) return;
  if (left === 0) throw tooDeep();
  for (const item of Array.isArray(value) ? value : Object.values(value)) {
    requireFlat(item, left - 1);
  }
}

function tooDeep(): ClipError {
  return new ClipError("invalid", `The body is nested deeper than ${MAX_DEPTH}`);
}
