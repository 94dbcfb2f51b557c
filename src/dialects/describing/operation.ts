/** Operations of OpenAPI as most dialects have them: JSON in, JSON out, one body for all failures. */
import type { ErrorKind } from "../../errors.ts";
import type { OpenApiObject } from "../../exchange/openapi.ts";
import { statusOf, type TabledApi } from "../statuses.ts";

/** Of a body that came too slowly (RFC 9110, section 15.5.9): it is the transport's, not of a kind. */
const REQUEST_TIMEOUT = 408;

/** What can become of a request that has a body, and what the statuses say. */
const FAILURES: readonly (readonly [ErrorKind, string])[] = [
  ["invalid", "the body is wrong"],
  ["document", "an input cannot be embedded"],
  ["too_large", "more bytes or inputs than are taken"],
  ["unsupported_media", "a content type or coding that is not read"],
  ["not_found", "no such model"],
  ["unauthenticated", "no key, or one that is not known"],
  ["rate_limited", "the key's share is used up"],
  ["overloaded", "too much to do, send again"],
  ["unavailable", "starting, stopping or without a working replica"],
  ["deadline", "not done in time"],
  ["cancelled", "the client left"],
  ["model", "the server's own failure"],
  ["backend", "the engine's own failure"],
];

/** A reference to a schema of the components. */
export function schemaReference(name: string): OpenApiObject {
  return { $ref: `#/components/schemas/${name}` };
}

/** An answer of JSON. */
export function jsonResponse(description: string, schema: OpenApiObject): OpenApiObject {
  return { description, content: { "application/json": { schema } } };
}

/** A body of JSON. @param example one that the demo model takes. */
export function jsonRequestBody(schema: OpenApiObject, example: unknown): OpenApiObject {
  return { required: true, content: { "application/json": { schema, example } } };
}

/** Every status with which a dialect may refuse a request that has a body, with one answer each. */
export function failureResponses(api: TabledApi, schema: OpenApiObject): OpenApiObject {
  const reasons = new Map<number, string[]>([[REQUEST_TIMEOUT, ["the body came too slowly"]]]);
  for (const [kind, reason] of FAILURES) {
    const status = statusOf(kind, api);
    reasons.set(status, [...reasons.get(status) ?? [], reason]);
  }
  return Object.fromEntries(
    [...reasons].map(([status, all]) => {
      const text = all.join("; ");
      return [status, jsonResponse(`${text[0]!.toUpperCase()}${text.slice(1)}`, schema)];
    }),
  );
}
