/**
 * infinity's `POST /classify`. A CLIP model has no classes of its own, so infinity refuses it there;
 * here the labels come with the request, and each text or image is held against all of them.
 */
import { z } from "zod";
import type { JsonBytes } from "../../encoding/json_bytes.ts";
import { inSlices, type Sliced, type Slices } from "../../encoding/slices.ts";
import { ClipError } from "../../errors.ts";
import type { DataRoute, HttpAnswer, HttpCall } from "../../exchange/http.ts";
import { rank, type Similarity, SOFTMAX } from "../../service/rank.ts";
import type { DialectContext } from "../context.ts";
import { type Embed, embedder } from "../embed.ts";
import { envelopeEnd } from "../embeddings/answer.ts";
import { INPUT_SCHEMA } from "../embeddings/body.ts";
import { readItems, readList } from "../embeddings/input.ts";
import { findModel } from "../embeddings/model_name.ts";
import type { BodyBounds } from "../reading/body_size.ts";
import { FieldError, typedBody } from "../reading/typed_body.ts";
import { writtenAnswer } from "../writing/written_answer.ts";

/** UTF-16 units of a label: far more than a model reads. Each comes back once for every input. */
const MAX_LABEL_LENGTH = 1000;

const LABELS = z.custom<string[]>(
  areLabels,
  `expected one or more texts of up to ${MAX_LABEL_LENGTH} characters`,
).meta({
  type: "array",
  minItems: 1,
  items: { type: "string", minLength: 1, maxLength: MAX_LABEL_LENGTH },
});

function areLabels(value: unknown): boolean {
  return Array.isArray(value) && value.length > 0 &&
    value.every((label) =>
      typeof label === "string" && label !== "" && label.length <= MAX_LABEL_LENGTH
    );
}

/** The body; what may be long is read by hand. */
export const CLASSIFY_BODY = z.object({
  input: z.unknown().optional().meta({ description: "Texts and images", ...INPUT_SCHEMA }),
  labels: LABELS.nullish().describe("What they may be, in words"),
  candidate_labels: LABELS.nullish().describe("The same"),
  model: z.string("expected a model's name").nullish(),
  modality: z.enum(["text", "image"], "expected text or image").nullish()
    .describe("What the strings of `input` are"),
  raw_scores: z.boolean("expected a boolean").nullish()
    .describe(
      "Cosines instead of probabilities, which are 1 together (each by itself with models of a sigmoid)",
    ),
});

/** The routes of paths. */
export function classifyRoutes(context: DialectContext, paths: readonly string[]): DataRoute[] {
  const embed = embedder(context);
  return paths.map((path): DataRoute => ({
    kind: "data",
    method: "POST",
    path,
    accepts: ["application/json"],
    serve: (call) => serveClassify(call, path, context, embed),
  }));
}

async function serveClassify(
  call: HttpCall,
  path: string,
  { service: { executors }, flow: bounds }: DialectContext,
  embed: Embed,
): Promise<HttpAnswer> {
  const { signal, grow, body: { length: bytes } } = call;
  const body = await typedBody(call, bounds, CLASSIFY_BODY);
  const { executor, name } = findModel(executors, body.model);
  const key = body.labels ? "labels" : "candidate_labels";
  const names = body[key];
  if (!names) throw withoutLabels(name);
  const { inputs, labels } = await inSlices(function* (slices) {
    const reading = { modality: body.modality ?? undefined, bounds, grow };
    const inputs = yield* readItems({ input: body.input }, reading, slices);
    const texts = { ...reading, modality: "text" as const };
    return { inputs, labels: yield* readList(names, key, texts, slices) };
  }, signal);
  const count = inputs.items.length;
  requireFewScores(count * names.length, bounds);
  const embedded = await embed({
    items: [...inputs.items, ...labels],
    executor,
    form: { unit: false },
    endpoint: path,
    bytes,
    place: (index) => index < count ? inputs.place(index) : `${key}.${index - count}`,
  }, call);
  const { vectors, tokens } = embedded;
  // Labels are there many times in the answer.
  grow?.(count * sizeOf(names));
  const classes = {
    inputs: vectors.slice(0, count),
    labels: vectors.slice(count),
    names,
    similarity: executor.similarity ?? SOFTMAX,
    raw: body.raw_scores === true,
  };
  return await writtenAnswer(
    ENVELOPE_BYTES + count * sizeOf(names),
    function* (json, slices) {
      json.raw('{"object":"classify","data":');
      yield* writeClasses(json, classes, slices);
      json.raw(`,${envelopeEnd("classify", name, tokens)}`);
    },
    signal,
  );
}

/** What is held against what. */
interface Classes {
  inputs: readonly Float32Array[];
  labels: readonly Float32Array[];
  /** Of the labels. */
  names: readonly string[];
  /** What the cosines mean. */
  similarity: Similarity;
  /** Cosines are wanted. */
  raw: boolean;
}

/** Bytes that an answer takes beside its scores, about. */
const ENVELOPE_BYTES = 512;
/** Bytes that a score takes beside its label, about. */
const SCORE_BYTES = 60;
/** Units of work of one. */
const SCORE_UNITS = 1000;

function* writeClasses(
  json: JsonBytes,
  { inputs, labels, names, similarity, raw }: Classes,
  slices: Slices,
): Sliced<void> {
  const quoted = names.map((name) => JSON.stringify(name));
  json.raw("[");
  for (const [i, input] of inputs.entries()) {
    json.raw(i === 0 ? "[" : ",[");
    const ranking = yield* rank(input, labels, similarity, slices);
    for (const [place, { index, score, cosine }] of ranking.entries()) {
      const before = place === 0 ? "" : ",";
      json.raw(`${before}{"score":${raw ? cosine : score},"label":${quoted[index]}}`);
      if (slices.spent(SCORE_UNITS)) yield;
    }
    json.raw("]");
  }
  json.raw("]");
}

/** Bytes that an input's scores take, about. */
function sizeOf(names: readonly string[]): number {
  return names.reduce((sum, { length }) => sum + length + SCORE_BYTES, 0);
}

/** Each input has a score for each label: few of both can be many together. */
function requireFewScores(scores: number, { maxValues }: BodyBounds): void {
  if (scores <= maxValues) return;
  throw new ClipError(
    "too_large",
    `The answer would hold ${scores} scores, one for each input and label: ${maxValues} are ` +
      "allowed ('max_values')",
  );
}

function withoutLabels(model: string): FieldError {
  return new FieldError(
    ["labels"],
    `the model '${model}' does not support classify by itself, as CLIP has no classes: send the ` +
      "labels to choose from, as a list of texts",
  );
}
