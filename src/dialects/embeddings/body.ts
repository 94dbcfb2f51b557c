/**
 * The body of `POST …/embeddings` as OpenAI has it, with what infinity (0.0.78), Jina AI and vLLM
 * (0.33.0) have added. `null` is the same as absent everywhere, and what no field here names is
 * ignored. A field that asks for something that is not done has the one value that asks for nothing:
 * ignoring it would give another vector than was asked for.
 */
import { z } from "zod";
import { VECTOR_FORMATS } from "../writing/vector_format.ts";

const FORMATS = VECTOR_FORMATS.join(", ");

const format = z.enum(VECTOR_FORMATS, `expected one of ${FORMATS}`);

/** Tokens of a text that CLIP reads. */
const CONTEXT_LENGTH = 77;

/** The two names of how many dimensions are wanted. @param most that there are; only described. */
export function dimensionFields(most = Number.MAX_SAFE_INTEGER) {
  const whole = "expected a whole number, 0 for all";
  const number = z.number(whole).int(whole).min(0, whole).max(most);
  return {
    dimensions: number.nullish()
      .describe("So many first ones, scaled to length 1 again; 0 for all"),
    output_dimension: number.nullish().describe("The same, as LiteLLM calls it"),
  };
}

/** A field of which one value, that asks for nothing, is taken. @param reason why not the other. */
const only = (value: boolean, reason: string) => z.literal(value, reason).nullish();

// What is read by hand, as it is described: the commonest spellings.
const NULL = { type: "null" };
const TEXT = { type: "string", minLength: 1 };
const IMAGE = { ...TEXT, description: "An image: a data URI, base64, or a URL" };
const object = (key: string, value: object) => ({
  type: "object",
  required: [key],
  properties: { [key]: value },
});
const list = (items: object) => ({ type: "array", items, minItems: 1 });
const IMAGE_URL = { anyOf: [IMAGE, object("url", IMAGE)] };
const PART = { anyOf: [object("text", TEXT), object("image_url", IMAGE_URL)] };
const CONVERSATION = list(object("content", { anyOf: [TEXT, list(PART)] }));

/** The schema of a text or an image, as it is described. */
export const ITEM_SCHEMA = { anyOf: [TEXT, object("text", TEXT), object("image", IMAGE)] };
/** The same of a text, or a list of texts and images. */
export const INPUT_SCHEMA = { anyOf: [TEXT, list(ITEM_SCHEMA)] };

/** The fields; `input` and `messages` are read by hand, as they may be long. */
export const EMBEDDINGS_BODY = z.object({
  input: z.unknown().optional().meta({
    description:
      "A text, or a list of texts and images, in any order. A string that begins with `data:image/` " +
      "is an image; with `modality: image` all strings are",
    anyOf: [...INPUT_SCHEMA.anyOf, NULL],
  }),
  messages: z.unknown().optional().meta({
    description:
      "vLLM's: a conversation that holds a text or one image, or a list of such. Instead of `input`",
    anyOf: [CONVERSATION, list(CONVERSATION), NULL],
  }),
  model: z.string("expected a model's name").nullish()
    .describe("By default the first; `GET /v1/models` lists them"),
  encoding_format: format.nullish()
    .describe("`float` (default) is a list, `base64` little-endian float32"),
  embedding_type: z.union([format, z.array(format).min(1).max(1)], `expected one of ${FORMATS}`)
    .nullish().describe("The same, as Jina AI calls it; it wins over `encoding_format`"),
  encoding_type: format.nullish().describe("The same, as LlamaIndex.TS calls it"),
  output_dtype: format.exclude(["base64"], `expected one of ${FORMATS}, and not base64`).nullish()
    .describe(
      "The same, as Voyage's client calls it: `encoding_format` stays the way it is written",
    ),
  ...dimensionFields(),
  modality: z.enum(["text", "image"], "expected text or image: nothing else is embedded here")
    .nullish().describe("infinity's: what the strings of `input` are"),
  normalized: z.boolean("expected a boolean").nullish()
    .describe("`false` for vectors as the model gives them, not of length 1"),
  normalize: z.boolean("expected a boolean").nullish().describe("The same"),
  use_activation: z.boolean("expected a boolean").nullish().describe("The same, as vLLM calls it"),
  embed_dtype: z.enum(
    ["float32", "float16"],
    "expected float32 or float16: base64 has no others here",
  ).nullish().describe("Of base64"),
  endianness: z.enum(["native", "little", "big"], "expected native, little or big").nullish()
    .describe("Of base64; native is little"),
  late_chunking: only(false, "true is not possible: CLIP embeds each text by itself"),
  return_multivector: only(false, "true is not possible: CLIP gives one vector for each input"),
  add_special_tokens: only(true, "false is not possible: CLIP's vector is that of its end token"),
  truncation_side: z.literal("right", "expected right: texts are cut at their end").nullish(),
  truncate_prompt_tokens: z.union(
    [z.literal(-1), z.number().min(CONTEXT_LENGTH)],
    `expected -1, or ${CONTEXT_LENGTH} and more: texts are cut to that, and no shorter`,
  ).nullish(),
});

/** A body that has the right fields. */
export type EmbeddingsBody = z.output<typeof EMBEDDINGS_BODY>;
