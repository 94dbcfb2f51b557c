/** The bodies of `POST /v2/embed` and `/v1/embed`. */
import { z } from "zod";
import type { Sliced, Slices } from "../../encoding/slices.ts";
import type { RequestItem } from "../../service/item.ts";
import { CONTENT_PART, contentItem, MAX_PARTS, partUnits } from "../reading/content_parts.ts";
import { imageReference } from "../reading/image_reference.ts";
import { longList, shortList, typedItems } from "../reading/lists.ts";
import { FieldError } from "../reading/typed_body.ts";
import { VECTOR_FORMATS } from "../writing/vector_format.ts";

const STRING = z.string();
const INPUT = z.object({ content: shortList(CONTENT_PART, MAX_PARTS, 1) });

/** The body: one of `texts`, `images` and `inputs`. */
export const EMBED = z.object({
  model: z.string().nullish(),
  input_type: z.string().nullish().meta({
    description: "Means nothing here: CLIP has one space for all",
  }),
  texts: longList(STRING).nullish(),
  images: longList(STRING).nullish().meta({ description: "Data URIs, base64 or URLs" }),
  inputs: longList(INPUT).nullish().meta({ description: "Each with one text or one image" }),
  embedding_types: shortList(z.enum(VECTOR_FORMATS), VECTOR_FORMATS.length).nullish(),
  output_dimension: z.int().nullish(),
  truncate: z.enum(["NONE", "START", "END"]).nullish(),
  max_tokens: z.int().min(1).nullish(),
});
/** A body that was read. */
export type EmbedBody = z.output<typeof EMBED>;

/** What is to be embedded. */
export interface ToEmbed {
  items: RequestItem[];
  /** Where one of them stands in the body. */
  place: (index: number) => string;
}

/** The three lists. */
const SOURCES = ["texts", "images", "inputs"] as const;

/** The list that a body brings. @throws {FieldError} if it is not just one. */
export function sourceOf(body: EmbedBody): { key: typeof SOURCES[number]; list: unknown[] } {
  const given = SOURCES.filter((key) => (body[key] ?? null) !== null);
  const [key] = given;
  if (key !== undefined && given.length === 1) return { key, list: body[key]! };
  throw new FieldError(
    [],
    `expected one of 'texts', 'images' and 'inputs', there ${
      given.length === 0 ? "is none" : `are ${given.map((key) => `'${key}'`).join(" and ")}`
    }`,
  );
}

/**
 * Reads the items.
 * @param grow hears of the bytes that base64 becomes; may throw.
 * @throws {FieldError} the first that is wrong.
 */
export function* readEmbed(
  { key, list }: ReturnType<typeof sourceOf>,
  grow: ((bytes: number) => void) | undefined,
  slices: Slices,
): Sliced<ToEmbed> {
  const items: RequestItem[] = [];
  if (key === "inputs") {
    yield* typedItems(list, INPUT, [key], slices, ({ content }, index) => {
      items.push(contentItem(content, [key, index, "content"], grow));
      return partUnits(content[0]!);
    });
    return { items, place: (index) => `inputs.${index}.content` };
  }
  yield* typedItems(list, STRING, [key], slices, (text) => {
    items.push(key === "texts" ? { text } : imageReference(text, grow));
    return key === "texts" ? 1 : text.length;
  });
  return { items, place: (index) => `${key}.${index}` };
}
