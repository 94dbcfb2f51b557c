/** A text or an image, as an object: Jina AI's items, and the parts of chat messages. */
import { ClipError } from "../../errors.ts";
import type { RequestItem } from "../../service/item.ts";
import { imageReference } from "../reading/image_reference.ts";
import { FieldError, ItemError } from "../reading/typed_body.ts";

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

/** The image of an object: under which key it stands, and what stands for it. */
export interface ImageOfPart {
  key: string;
  /** Undefined if it is no string, nor an object with one. */
  reference: string | undefined;
  /** It is in an object of its own, as OpenAI has it. */
  nested: boolean;
}

/** The images of an object. */
export function imagesOf(part: Record<string, unknown>): ImageOfPart[] {
  return IMAGE_KEYS.filter((key) => part[key] !== undefined && part[key] !== null).map((key) => {
    const given = part[key];
    const nested = isObject(given);
    const found = nested ? given["url"] : given;
    return { key, nested, reference: typeof found === "string" ? found : undefined };
  });
}

/**
 * The image that a text stands for.
 * @throws {ItemError} it can be none: nothing else of the request is served then, so none is read.
 */
export function imageAt(reference: string, place: Place, grow: Grow): RequestItem {
  const image = imageReference(reference, grow);
  if (image instanceof ClipError) throw new ItemError(place.map(String).join("."), image);
  return image;
}

/**
 * Reads a part. Its text may be empty.
 * @throws {FieldError}
 * @throws {ItemError}
 */
export function readPart(part: Record<string, unknown>, place: Place, grow: Grow): RequestItem {
  const { type, text = null } = part;
  if (!TYPES.has(type)) {
    throw new FieldError(
      [...place, "type"],
      `${JSON.stringify(type)?.slice(0, 50)} cannot be embedded: expected text or image_url`,
    );
  }
  const [image, ...others] = imagesOf(part);
  if (others.length > 0 || (image === undefined) === (text === null)) {
    throw new FieldError(
      place,
      "expected one of {text}, {image} and {image_url}: each has a vector of its own",
    );
  }
  if (image === undefined) {
    if (typeof text === "string") return { text };
    throw new FieldError([...place, "text"], "expected a string");
  }
  if (image.reference) return imageAt(image.reference, place, grow);
  throw new FieldError([...place, image.key], "expected a data URI, base64 or a URL");
}
