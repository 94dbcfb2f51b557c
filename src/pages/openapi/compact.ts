/** JSON schemas without what says nothing. */
import type { OpenApiObject } from "../../exchange/openapi.ts";

/** Leaves out what says nothing: the document goes over the wire before the calls of a client. */
export function compact<Value>(value: Value): Value {
  if (Array.isArray(value)) return value.map(compact) as Value;
  if (typeof value !== "object" || value === null) return value;
  const schema = orNull(value as OpenApiObject);
  const kept: OpenApiObject = {};
  for (const [key, item] of Object.entries(schema)) {
    const empty = typeof item === "object" && item !== null && Object.keys(item).length === 0;
    if ((key === "additionalProperties" || key === "items") && empty) continue;
    if (key === "propertyNames") continue;
    if (key === "pattern" && "format" in schema) continue;
    if (typeof item === "number" && Math.abs(item) === Number.MAX_SAFE_INTEGER) continue;
    kept[key] = compact(item);
  }
  return kept as Value;
}

/** "One of this and null" in the short form: `type` with both names. */
function orNull(schema: OpenApiObject): OpenApiObject {
  const { anyOf, ...rest } = schema as OpenApiObject & { anyOf?: OpenApiObject[] };
  const [given, none] = anyOf ?? [];
  if (anyOf?.length !== 2 || none?.["type"] !== "null" || typeof given?.["type"] !== "string") {
    return schema;
  }
  if ("const" in given) return schema;
  const { enum: values } = given as { enum?: unknown[] };
  const some = values === undefined ? {} : { enum: [...values, null] };
  return { ...given, ...rest, type: [given["type"], "null"], ...some };
}
