/** The body of `POST /v1/multimodalembeddings`. */
import { z } from "zod";
import type { Sliced, Slices } from "../../encoding/slices.ts";
import type { RequestItem } from "../../service/item.ts";
import { CONTENT_PART, contentItem, MAX_PARTS, partUnits } from "../reading/content_parts.ts";
import { longList, shortList, typedItems } from "../reading/lists.ts";

/** What Voyage calls the forms of vectors. */
export const DTYPES = ["float", "int8", "uint8", "binary", "ubinary"] as const;

const INPUT = z.object({ content: shortList(CONTENT_PART, MAX_PARTS, 1) });
const ENCODING = z.enum(["base64"]).nullish();

/** The body. What Voyage's client has nothing to say of it sends as `null`. */
export const BODY = z.object({
  inputs: longList(INPUT),
  model: z.string().nullish(),
  input_type: z.enum(["query", "document"]).nullish().meta({
    description: "Means nothing here: CLIP has one space for both",
  }),
  truncation: z.boolean().nullish(),
  output_dtype: z.enum(DTYPES).nullish(),
  output_dimension: z.int().nullish(),
  output_encoding: ENCODING,
  encoding_format: ENCODING.meta({ description: "As Voyage's client calls `output_encoding`" }),
});

/**
 * Reads the inputs.
 * @param grow hears of the bytes that base64 becomes; may throw.
 * @throws {FieldError} the first that is wrong.
 */
export function* readInputs(
  inputs: readonly unknown[],
  grow: ((bytes: number) => void) | undefined,
  slices: Slices,
): Sliced<RequestItem[]> {
  const items: RequestItem[] = [];
  yield* typedItems(inputs, INPUT, ["inputs"], slices, ({ content }, index) => {
    items.push(contentItem(content, ["inputs", index, "content"], grow));
    return partUnits(content[0]!);
  });
  return items;
}
