/** Whose fault a failure is. */
import type { ErrorKind } from "../../errors.ts";

/** Kinds that are no fault of the server, nor of its being too busy: their spans are no errors. */
export const CLIENTS_OWN: ReadonlySet<ErrorKind> = new Set([
  "invalid",
  "document",
  "too_large",
  "unsupported_media",
  "not_found",
  "wrong_method",
  "unauthenticated",
  "rate_limited",
  "cancelled",
]);
