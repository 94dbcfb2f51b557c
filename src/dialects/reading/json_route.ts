/** Routes as most dialects have them. */
import type { DataRoute } from "../../exchange/http.ts";

/** Media types of JSON: the transport takes those with `+json` for the same. */
const ACCEPTS = ["application/json"];

/** A route that takes JSON by POST. */
export function jsonRoute(path: string, serve: DataRoute["serve"]): DataRoute {
  return { kind: "data", method: "POST", path, accepts: ACCEPTS, serve };
}
