/** Which bodies a route reads, by `Content-Type`. */
import { ClipError } from "../../errors.ts";

/**
 * @param type the header as it came; absent it counts as what the route reads.
 * @param accepted media types in small letters; `application/json` stands for `+json` ones too.
 * @throws {ClipError} "unsupported_media" if the body is of another type.
 */
export function checkMediaType(type: string | undefined, accepted: readonly string[]): void {
  if (type === undefined) return;
  const essence = type.split(";", 1)[0]!.trim().toLowerCase();
  if (accepted.includes(essence)) return;
  if (accepted.includes("application/json") && /^application\/[\w.-]+\+json$/.test(essence)) return;
  throw new ClipError(
    "unsupported_media",
    `Content-Type '${type}' is not read: send ${accepted.join(" or ")}`,
  );
}
