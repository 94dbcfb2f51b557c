/** What each method asks of the server. */
import type { Document } from "../src/dialects/jina/document/document.ts";
import type { JsonObject } from "./document.ts";
import { ClipClientError } from "./errors.ts";
import type { Check } from "./stream/prepare.ts";

/** A request of one kind, but for its documents. */
export interface Endpoint {
  path: string;
  parameters: JsonObject;
  /** Whether a request may be sent twice: nothing is done by it, or the same once more. */
  safe: boolean;
  check?: Check;
}

/** What `clip_client` sends with all of them. */
const STANDARD: JsonObject = { drop_image_content: true };
/** One bad document does not fail its request: the reason comes back in its place. */
const SKIP: JsonObject = { on_error: "skip" };

/** `/encode`, or `/encode/MODEL` where a model is named. */
export function encodeEndpoint(given: Readonly<JsonObject>): Endpoint {
  const { model_name: model, ...parameters } = { ...STANDARD, ...SKIP, ...given };
  return { path: withModel("/encode", model), parameters, safe: true };
}

/** `/rank`, or `/rank/MODEL`. */
export function rankEndpoint(given: Readonly<JsonObject>): Endpoint {
  const parameters = { ...STANDARD, ...given };
  const path = withModel("/rank", parameters["model_name"]);
  return { path, parameters, safe: true, check: hasMatches };
}

/**
 * `/index`. It may be sent twice: every document has an id before it is sent for the first time,
 * and a document replaces what has its id.
 */
export function indexEndpoint(given: Readonly<JsonObject>): Endpoint {
  return { path: "/index", parameters: { ...STANDARD, ...SKIP, ...given }, safe: true };
}

/** `/search`, for so many matches each. */
export function searchEndpoint(given: Readonly<JsonObject>, limit: number): Endpoint {
  if (!Number.isInteger(limit) || limit < 1) {
    throw new ClipClientError("usage", `limit is ${limit}: expected a whole number of 1 or more`);
  }
  return { path: "/search", parameters: { ...STANDARD, ...SKIP, ...given, limit }, safe: true };
}

function withModel(path: string, model: unknown): string {
  return typeof model === "string" && model !== "" ? `${path}/${model}` : path;
}

function hasMatches({ matches }: Document): void {
  if (matches === undefined || matches.length === 0) {
    throw new ClipClientError(
      "usage",
      "There is nothing to rank: every document of rank() has 'matches'",
    );
  }
}
