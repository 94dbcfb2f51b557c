/** A text or an image, as an object: Jina AI's items, and the parts of chat messages. */
import type { RequestItem } from "../../service/item.ts";
import { imageReference } from "../reading/image_reference.ts";
import { FieldError } from "../reading/typed_body.ts";

/** Hears how many bytes of heap something takes; may throw. */
export type Grow = ((bytes: number) => void) | undefined;

/** A place in a body. */
export type Place = readonly PropertyKey[];

/** The keys of an image: Jina AI's, LlamaIndex.TS's two, and OpenAI's. */
const IMAGE_KEYS = ["image", "url", "bytes", "image_url"] as const;

/** What a part is called that has a type. */
const TYPES: ReadonlySet<unknown> = new Set([undefined, null, "text", "image", "image_url"]);

/** Whether a value is an object, and no list. */
export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/**
 * Reads a part. Its text may be empty.
 * @throws {FieldError}
 */
export function readPart(part: Record<string, unknown>, place: Place, grow: Grow): RequestItem {
  if (!TYPES.has(part["type"])) {
    throw new FieldError(
      [...place, "type"],
      `${
        JSON.stringify(part["type"])?.slice(0, 50)
      } cannot be embedded: expected text or image_url`,
    );
  }
  const text = part["text"] ?? undefined;
  const keys = IMAGE_KEYS.filter((key) => part[key] !== undefined && part[key] !== null);
  if (keys.length + (text === undefined ? 0 : 1) !== 1) {
    throw new FieldError(
      place,
      "expected one of {text}, {image} and {image_url}: each has a vector of its own",
    );
  }
  if (text !== undefined) {
    if (typeof text === "string") return { text };
    throw new FieldError([...place, "text"], "expected a string");
  }
  const key = keys[0]!;
  const given = part[key];
  const image = isObject(given) ? given["url"] : given;
  if (typeof image === "string" && image !== "") return imageReference(image, grow);
  throw new FieldError([...place, key], "expected a data URI, base64 or a URL");
}
