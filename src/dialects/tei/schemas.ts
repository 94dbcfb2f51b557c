/**
 * The bodies of text-embeddings-inference's routes (1.9.3, huggingface/text-embeddings-inference@0d124dc,
 * `router/src/http/types.rs`); what is `null` is as what is left out, unknown fields are ignored.
 */
import { z } from "zod";

/** Ids in one request: far more than a model reads of one text. */
export const MAX_IDS = 16_384;

const ids = z.array(z.int().nonnegative()).max(MAX_IDS);
const text = z.string();
const texts = z.array(text);

/** A text or its ids, or several of either. */
const inputs = z.union([text, ids, z.array(z.union([text, ids]))], {
  error: "Invalid input: expected a text, ids, or a list of texts and ids",
});

/** Ids of a text, or of several. */
const idLists = z.union([ids, z.array(ids)]);

const prompt = z.string().nullish();
const dimensions = z.int().nonnegative().nullish();

/** What bodies are made of whose bounds depend on the server, or have refusals of their own. */
export const PARTS = { idLists, text, texts, inputs, prompt, dimensions };

const direction = z.enum(["right", "left", "Right", "Left"]).nullish().meta({
  description: "Which end of a text that is too long is cut off",
});

/** How texts that are too long are treated, and what comes before them. */
const treatment = {
  truncate: z.boolean().nullish().meta({
    description: "Whether a text that is longer than the model reads is cut; by default it is",
  }),
  truncation_direction: direction,
  prompt_name: prompt,
};

/** `POST /embed`. */
export const EmbedBody = z.object({
  inputs,
  ...treatment,
  normalize: z.boolean().nullish().meta({
    description: "Whether vectors have length 1; by default they have",
  }),
  dimensions,
});

/** `POST /similarity`. */
export const SimilarityBody = z.object({
  inputs: z.object({ source_sentence: text, sentences: texts }),
  parameters: z.object(treatment).nullish(),
});

/** `POST /rerank`. */
export const RerankBody = z.object({
  query: text,
  texts,
  truncate: treatment.truncate,
  truncation_direction: direction,
  raw_scores: z.boolean().nullish().meta({
    description: "Changes nothing: scores are cosines",
  }),
  return_text: z.boolean().nullish(),
});

/** `POST /tokenize`. */
export const TokenizeBody = z.object({
  inputs: z.union([text, texts]),
  add_special_tokens: z.boolean().nullish().meta({
    description: "With those that begin and end a text; by default they are there",
  }),
  prompt_name: prompt,
});

/** `POST /decode`. */
export const DecodeBody = z.object({
  ids: idLists,
  skip_special_tokens: z.boolean().nullish().meta({
    description: "Without those that begin and end a text; by default without",
  }),
});

/** `POST /vertex`. */
export const VertexBody = z.object({
  instances: z.array(z.union([RerankBody, EmbedBody])).meta({ minItems: 1 }),
});

const vectors = z.array(z.array(z.number()));
const ranks = z.array(
  z.object({ index: z.int(), score: z.number(), text: z.string().optional() }),
);

/** What is answered, by the name that it has in the description. */
export const ANSWERS = {
  vectors,
  ranks,
  scores: z.array(z.number()),
  tokens: z.array(z.array(z.object({
    id: z.int(),
    text: z.string(),
    special: z.boolean(),
    start: z.int().nullable().meta({ description: "Bytes of UTF-8 before it in the text" }),
    stop: z.int().nullable(),
  }))),
  texts: z.array(z.string()),
  predictions: z.object({ predictions: z.array(z.union([vectors, ranks])) }),
  info: z.object({
    model_id: z.string(),
    model_sha: z.string().nullable(),
    model_dtype: z.string(),
    served_model_name: z.string(),
    model_type: z.object({ embedding: z.object({ pooling: z.string() }) }),
    max_concurrent_requests: z.int(),
    max_input_length: z.int(),
    max_batch_tokens: z.int(),
    max_batch_requests: z.int().nullable(),
    max_client_batch_size: z.int(),
    auto_truncate: z.boolean(),
    tokenization_workers: z.int(),
    version: z.string(),
    sha: z.string().nullable(),
    docker_label: z.string().nullable(),
  }),
  error: z.object({ error: z.string(), error_type: z.string() }),
} as const;

/** Sums up what `/embed` was asked. */
export type EmbedRequest = z.output<typeof EmbedBody>;
/** What `/rerank` was asked. */
export type RerankRequest = z.output<typeof RerankBody>;
/** A text or its ids, or several of either. */
export type Inputs = EmbedRequest["inputs"];
/** How texts that are too long are treated. */
export type Treatment = Pick<EmbedRequest, "truncate" | "truncation_direction" | "prompt_name">;
