/** The JSON of inference requests, as it is validated and described. */
import { z } from "zod";
import { MAX_DIMENSIONS, MAX_ID_LENGTH, MAX_TENSORS } from "../infer_request.ts";
import { EMBEDDING, INPUT_NAMES } from "../model_interface.ts";

const tensorParameters = z.looseObject({
  binary_data_size: z.number().int().nonnegative().nullish()
    .describe("Bytes of the tensor behind the JSON, in place of `data`."),
  content_type: z.string().nullish()
    .describe("`base64`: elements of BYTES are base64."),
});

const input = z.looseObject({
  name: z.string().describe(`One of ${INPUT_NAMES}.`),
  shape: z.array(z.number().int().nonnegative()).max(MAX_DIMENSIONS)
    .describe("`[n]` or `[n, 1]` of TEXT and IMAGE, `[n, height, width, 3]` of PIXELS."),
  datatype: z.string().describe("`BYTES` of TEXT and IMAGE, `UINT8` of PIXELS."),
  parameters: tensorParameters.nullish(),
  data: z.unknown().optional().describe(
    "Elements in one list or in lists of lists: texts; images as base64, data: URIs or URLs; or " +
      "numbers.",
  ),
});

const output = z.looseObject({
  name: z.string().describe(EMBEDDING),
  parameters: z.looseObject({
    binary_data: z.boolean().nullish().describe("Behind the JSON of the answer, as raw bytes."),
  }).nullish(),
});

/** A body, or the JSON at its beginning. */
export const inferBody = z.looseObject({
  id: z.string().max(MAX_ID_LENGTH).nullish().describe("Comes back in the answer."),
  parameters: z.looseObject({
    normalize: z.boolean().nullish()
      .describe("`false`: vectors as the model gives them; else they have length 1."),
    binary_data_output: z.boolean().nullish().describe("`binary_data` of all outputs."),
  }).nullish(),
  inputs: z.array(input).min(1).max(MAX_TENSORS),
  outputs: z.array(output).max(MAX_TENSORS).nullish().describe("All, if there are none."),
});

/** One that is as it should be. */
export type InferBody = z.output<typeof inferBody>;
