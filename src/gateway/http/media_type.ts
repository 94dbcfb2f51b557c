/** Which bodies a route reads, by `Content-Type`. */
import { ClipError } from "../../errors.ts";

/**
 * Whether a body is of a type that is read.
 * @param type the header as it came; absent it counts as what the route reads.
 * @param accepted media types in small letters; `application/json` stands for `+json` ones too.
 */
export function readsType(type: string | undefined, accepted: readonly string[]): boolean {
  if (type === undefined) return true;
  const essence = type.split(";", 1)[0]!.trim().toLowerCase();
  return accepted.includes(essence) ||
    (accepted.includes("application/json") && /^application\/[\w.-]+\+json$/.test(essence));
}

/** @throws {ClipError} "unsupported_media" if the body is of a type that is not read. */
export function checkMediaType(type: string | undefined, accepted: readonly string[]): void {
  if (readsType(type, accepted)) return;
  throw new ClipError(
    "unsupported_media",
    `Content-Type '${type}' is not read: send ${accepted.join(" or ")}`,
  );
}
