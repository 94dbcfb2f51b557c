/** The body of an inference request: inputs of any kind, each for a model of its own. */
import { z } from "zod";
import type { Sliced, Slices } from "../../encoding/slices.ts";
import type { RequestItem } from "../../service/item.ts";
import { imageReference } from "../reading/image_reference.ts";
import { longList, typedItems } from "../reading/lists.ts";
import { FieldError } from "../reading/typed_body.ts";

const INPUT = z.object({
  data: z.union([z.string(), z.object({ text: z.unknown(), image: z.unknown() }).partial()], {
    error: "it must be a string or an object",
  })
    .describe(
      "A text, an image (base64, a data URI or a URL), or an object with either as `text` or `image`",
    ),
  data_type: z.enum(["text", "image", "object"]),
  model: z.string().nullish(),
});
type Input = z.output<typeof INPUT>;

/** The body. */
export const INFERENCE = z.object({ inputs: longList(INPUT, 0) });

/** The answer. */
export const EMBEDDINGS = z.object({
  embeddings: z.array(z.array(z.number())),
  usage: z.object({ models: z.record(z.string(), z.object({ tokens: z.int() })) }),
});

/** What is to be embedded by one model. */
export interface ModelInputs {
  /** As the first of them calls it. */
  model: string;
  items: RequestItem[];
  /** Where each stands among all inputs. */
  places: number[];
}

/**
 * Reads the inputs, by model.
 * @param keyOf what a model's name stands for: inputs of one key go together. May throw.
 * @param grow hears of the bytes that base64 becomes; may throw.
 * @throws {FieldError} the first that is wrong.
 */
export function* readInference<Key>(
  { inputs }: z.output<typeof INFERENCE>,
  keyOf: (model: string) => Key,
  grow: ((bytes: number) => void) | undefined,
  slices: Slices,
): Sliced<Map<Key, ModelInputs>> {
  const byModel = new Map<Key, ModelInputs>();
  yield* typedItems(inputs, INPUT, ["inputs"], slices, (input, index) => {
    const model = input.model ?? "";
    const key = keyOf(model);
    let group = byModel.get(key);
    if (!group) byModel.set(key, group = { model, items: [], places: [] });
    group.items.push(itemOf(input, index, grow));
    group.places.push(index);
    return typeof input.data === "string" ? input.data.length : 0;
  });
  return byModel;
}

function itemOf(
  { data, data_type: type }: Input,
  index: number,
  grow: ((bytes: number) => void) | undefined,
): RequestItem {
  if (type === "object") {
    const { text, image } = typeof data === "string" ? {} : data;
    if (typeof text === "string" && image === undefined) return { text };
    if (typeof image === "string" && text === undefined) return imageReference(image, grow);
    throw new FieldError(
      ["inputs", index, "data"],
      "an object must have either a 'text' or an 'image', which is a string",
    );
  }
  if (typeof data !== "string") {
    throw new FieldError(["inputs", index, "data"], `the data of '${type}' must be a string`);
  }
  return type === "text" ? { text: data } : imageReference(data, grow);
}
