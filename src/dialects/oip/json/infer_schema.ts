/** The JSON of inference requests, as it is validated and described. */
import { z } from "zod";
import { MAX_DIMENSIONS, MAX_ID_LENGTH, MAX_TENSORS } from "../infer_request.ts";
import { NO_CLASSIFICATION, NO_SHARED_MEMORY } from "../refusals.ts";
import { EMBEDDING, IMAGE, PIXELS, TEXT } from "../model_interface.ts";

/** What Triton has and this server has not: who asks for it is told. */
const shared_memory_region = z.never({ error: NO_SHARED_MEMORY }).optional();
const classification = z.never({ error: NO_CLASSIFICATION }).optional();

const tensorParameters = z.object({
  binary_data_size: z.number().int().nonnegative().nullish()
    .describe("Bytes of the tensor behind the JSON, in place of `data`."),
  content_type: z.string().nullish()
    .describe("`base64`: elements of BYTES are base64."),
  shared_memory_region,
});

const input = z.object({
  name: z.enum([TEXT.name, IMAGE.name, PIXELS.name]),
  shape: z.array(z.number().int().nonnegative()).max(MAX_DIMENSIONS)
    .describe("`[n]` or `[n, 1]` of TEXT and IMAGE, `[n, height, width, 3]` of PIXELS."),
  datatype: z.enum([TEXT.datatype, PIXELS.datatype]).describe(
    "`BYTES` of TEXT and IMAGE, `UINT8` of PIXELS.",
  ),
  parameters: tensorParameters.nullish(),
  data: z.unknown().optional().describe(
    "Elements in one list or in lists of lists: texts; images as base64, data: URIs or URLs; or " +
      "numbers.",
  ),
});

const output = z.object({
  name: z.literal(EMBEDDING),
  parameters: z.object({
    binary_data: z.boolean().nullish().describe("Behind the JSON of the answer, as raw bytes."),
    classification,
    shared_memory_region,
  }).nullish(),
});

/** A body, or the JSON at its beginning. */
export const inferBody = z.object({
  id: z.string().max(MAX_ID_LENGTH).nullish().describe("Comes back in the answer."),
  parameters: z.object({
    normalize: z.boolean().nullish()
      .describe("`false`: vectors as the model gives them; else they have length 1."),
    binary_data_output: z.boolean().nullish().describe("`binary_data` of all outputs."),
  }).nullish(),
  inputs: z.array(input).min(1).max(MAX_TENSORS).describe("One of them."),
  outputs: z.array(output).max(MAX_TENSORS).nullish().describe("All, if there are none."),
});

/** One that is as it should be. */
export type InferBody = z.output<typeof inferBody>;

/** An answer, as it is described. */
export const inferResponse = z.object({
  model_name: z.string().describe("As it was asked for."),
  model_version: z.string(),
  id: z.string().optional(),
  outputs: z.array(z.object({
    name: z.literal(EMBEDDING),
    datatype: z.literal("FP32"),
    shape: z.array(z.number().int()).describe("`[n, d]`"),
    data: z.array(z.number()).optional().describe("All numbers in one list, row by row."),
    parameters: z.object({ binary_data_size: z.number().int() }).optional()
      .describe("Where they are not in `data`: bytes behind the JSON."),
  })),
});
