/**
 * Content in parts, as chat-like APIs have it (Cohere's `/v2/embed`, Voyage's
 * `/v1/multimodalembeddings`, vLLM's `messages`): each part a text or an image. CLIP gives a text or
 * an image one vector, and has none for both together: one content is one part.
 */
import { z } from "zod";
import type { RequestItem } from "../../service/item.ts";
import { imageReference } from "./image_reference.ts";
import { FieldError } from "./typed_body.ts";

const TEXT = z.object({ type: z.literal("text"), text: z.string() });
const IMAGE_URL = z.object({
  type: z.literal("image_url"),
  image_url: z.union([z.string(), z.object({ url: z.string() })]),
});
const IMAGE_BASE64 = z.object({ type: z.literal("image_base64"), image_base64: z.string() });

/** A part. Where an image can stand there may be a data URI, a URL, or base64 as it is. */
export const CONTENT_PART = z.discriminatedUnion("type", [TEXT, IMAGE_URL, IMAGE_BASE64], {
  error: "it must be 'text', 'image_url' or 'image_base64'",
});
/** A part that was read. */
export type ContentPart = z.output<typeof CONTENT_PART>;

/** Parts of one content that are looked at: one is embedded, of more the error says what they are. */
export const MAX_PARTS = 64;

/** Where the image is, whatever the part calls it. */
function referenceOf(part: Exclude<ContentPart, { type: "text" }>): string {
  if (part.type === "image_base64") return part.image_base64;
  return typeof part.image_url === "string" ? part.image_url : part.image_url.url;
}

/** Units of work that reading a part takes: those of scanning its text. */
export function partUnits(part: ContentPart): number {
  return part.type === "text" ? 1 : referenceOf(part).length;
}

/**
 * What the parts of one content are together.
 * @param path of the list of parts, for errors.
 * @param grow hears of the bytes that base64 becomes; may throw.
 * @throws {FieldError} if it is not one text or one image.
 */
export function contentItem(
  parts: readonly ContentPart[],
  path: readonly PropertyKey[],
  grow?: (bytes: number) => void,
): RequestItem {
  const [part, ...others] = parts;
  if (part === undefined) throw new FieldError(path, "it is empty: send a text or an image");
  if (others.length > 0) throw new FieldError(path, tooMany(parts));
  if (part.type === "text") return { text: part.text };
  return imageReference(referenceOf(part), grow);
}

function tooMany(parts: readonly ContentPart[]): string {
  const texts = parts.filter(({ type }) => type === "text").length;
  if (texts === parts.length) {
    return `it has ${texts} texts, and CLIP embeds one: join them, or send each as an input of ` +
      "its own";
  }
  if (texts === 0) {
    return `it has ${parts.length} images, and CLIP embeds one: send each as an input of its own`;
  }
  return "it has a text and an image, and CLIP has no vector for both together: send each as an " +
    "input of its own";
}
