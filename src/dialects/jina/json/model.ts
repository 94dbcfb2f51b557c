/**
 * The JSON form of requests and responses, declared once: these schemas validate bodies, and the
 * OpenAPI description is made from them.
 */
import { z } from "zod";

const id = z.union([z.string(), z.number()]).nullish().meta({
  description: "Made up by the server if absent; a number is read as its text",
});
const strings = z.array(z.string());
const struct = z.record(z.string(), z.unknown());

/** A score of a match. */
export const namedScoreModel = z.object({
  value: z.number().nullish(),
  op_name: z.string().nullish(),
  description: z.string().nullish(),
  ref_id: z.string().nullish(),
});

const scores = z.record(z.string(), namedScoreModel).nullish();

/** Lists in lists of numbers. What is in them is checked where they are made an array of. */
export const numbersModel = z.array(z.unknown()).meta({
  items: { anyOf: [{ type: ["number", "boolean"] }, { $ref: "#/components/schemas/Numbers" }] },
});

/** One document, of a request or of a response; `null` is the same as absent. */
export const documentModel = z.object({
  id,
  parent_id: z.string().nullish(),
  granularity: z.int().min(0).max(0xffffffff).nullish(),
  adjacency: z.int().min(0).max(0xffffffff).nullish(),
  blob: z.string().nullish().meta({
    description: "An image file (PNG, JPEG, WebP, …) as base64",
    contentEncoding: "base64",
  }),
  tensor: numbersModel.nullish().meta({
    description: "An image as nested lists of numbers 0 to 255: [height, width, 3]",
  }),
  mime_type: z.string().nullish(),
  text: z.string().nullish().meta({ description: "A text to embed" }),
  weight: z.number().nullish(),
  uri: z.string().nullish().meta({ description: "Where an image is: http(s): or data:" }),
  tags: struct.nullish().meta({ description: "Anything; comes back as sent" }),
  offset: z.number().nullish(),
  location: z.array(z.number()).nullish(),
  embedding: numbersModel.nullish().meta({
    description: "The embedding: in an answer, a list of numbers",
  }),
  modality: z.string().nullish(),
  evaluations: scores,
  scores,
  get chunks() {
    return z.array(documentModel).nullish();
  },
  get matches() {
    return z.array(documentModel).nullish();
  },
});

/** The body of `POST /post` and of every other endpoint; unknown keys are ignored. */
export const requestModel = z.object({
  data: z.union([
    z.array(documentModel),
    z.object({ docs: z.array(documentModel).nullish() }),
  ]).nullish().meta({ description: "The documents" }),
  execEndpoint: z.string().nullish().meta({
    description: "What to do: `/` and `/encode` embed, `/rank` ranks each document's matches",
  }),
  exec_endpoint: z.string().nullish().meta({ description: "The same as `execEndpoint`" }),
  targetExecutor: z.string().nullish(),
  target_executor: z.string().nullish(),
  parameters: struct.nullish(),
});

const exceptionModel = z.object({
  name: z.string(),
  args: strings,
  stacks: strings,
  executor: z.string(),
});

const statusModel = z.object({
  code: z.int().meta({ description: "0: success, 1: error" }),
  description: z.string(),
  exception: exceptionModel.nullable(),
});

/** An answer over HTTP. */
export const responseModel = z.object({
  header: z.object({
    requestId: z.string(),
    status: statusModel.nullable().meta({ description: "Set if the request failed" }),
    execEndpoint: z.string(),
    targetExecutor: z.string(),
  }),
  parameters: struct,
  routes: z.array(z.object({
    executor: z.string(),
    startTime: z.iso.datetime({ offset: true }),
    endTime: z.iso.datetime({ offset: true }).nullable(),
    status: statusModel.nullable(),
  })),
  data: z.array(documentModel),
});

/** The answer 422 to a body that is not JSON or has the wrong shape. */
export const validationErrorModel = z.object({
  detail: z.array(z.object({
    loc: z.array(z.union([z.string(), z.int()])),
    msg: z.string(),
    type: z.string(),
  })),
});

/** The models by name; not zod's global registry, which other schemas of the process share. */
const MODELS = z.registry<{ id: string }>();
MODELS.add(namedScoreModel, { id: "NamedScore" });
MODELS.add(numbersModel, { id: "Numbers" });
MODELS.add(documentModel, { id: "Document" });
MODELS.add(requestModel, { id: "Request" });
MODELS.add(exceptionModel, { id: "Exception" });
MODELS.add(statusModel, { id: "Status" });
MODELS.add(responseModel, { id: "Response" });
MODELS.add(validationErrorModel, { id: "ValidationError" });

/**
 * JSON Schemas (draft 2020-12, as OpenAPI 3.1 has them) of the models, by name: `Request`,
 * `Response`, `Document`, … They refer to one another as `#/components/schemas/NAME`.
 */
export function openApiSchemas(): Record<string, Record<string, unknown>> {
  const { schemas } = z.toJSONSchema(MODELS, {
    io: "input",
    uri: (name) => `#/components/schemas/${name}`,
  });
  const named: Record<string, Record<string, unknown>> = {};
  for (const [name, { $schema: _, $id: __, ...schema }] of Object.entries(schemas)) {
    named[name] = schema;
  }
  return named;
}
