/** Outcomes as what users get: items of a stream, documents, a matrix. */
import type { Document } from "../src/dialects/jina/document/document.ts";
import { isDocument } from "./content/to_document.ts";
import type { ClipDocument, ResultDocument } from "./document.ts";
import { ClipClientError } from "./errors.ts";
import { type EmbeddingMatrix, MatrixBuilder } from "./matrix.ts";
import type { Outcome } from "./stream/outcome.ts";
import { embeddingOf, float32Bytes, resultDocument } from "./wire/result_document.ts";

/** An item of `encodeStream`: its embedding, or the reason for none. */
export type EncodedItem<T> =
  | { index: number; input: T; embedding: Float32Array; error?: undefined }
  | { index: number; input: T; embedding?: undefined; error: ClipClientError };

/** An item of the other streams: its document, or the reason for none. */
export type ServedItem<T> =
  | { index: number; input: T; document: ResultDocument; error?: undefined }
  | { index: number; input: T; document?: undefined; error: ClipClientError };

/** What of an answer goes to the user's document: as in `clip_client`, not all of it. */
export interface Taken {
  /** `needed`: an answer without one is a failure. */
  embedding: boolean | "needed";
  matches: boolean;
  chunks: boolean;
}

/** How outcomes are gathered. */
export interface Gathering {
  taken: Taken;
  /** How many items there are, if it is known. */
  expected: number | undefined;
  /** Failures stand in the result, instead of being thrown. */
  keepErrors: boolean;
}

/** The embedding of an outcome. */
export function encodedItem<T>(outcome: Outcome<T>): EncodedItem<T> {
  const { index, input, answer } = outcome;
  const error = errorOf(outcome, "needed");
  return error === undefined
    ? { index, input, embedding: embeddingOf(answer!.embedding!) }
    : { index, input, error };
}

/** The document of an outcome. */
export function servedItem<T>(outcome: Outcome<T>, taken: Taken): ServedItem<T> {
  const { index, input } = outcome;
  const error = errorOf(outcome, taken.embedding);
  return error === undefined
    ? { index, input, document: resultOf(outcome, taken) }
    : { index, input, error };
}

/**
 * All embeddings as a matrix; or documents, where the first item is one, as in `clip_client`.
 * @throws the first failure, unless they are kept.
 */
export async function gatherEncoded<T>(
  batches: AsyncGenerator<Outcome<T>[]>,
  gathering: Gathering,
): Promise<EmbeddingMatrix | ResultDocument[]> {
  const matrix = new MatrixBuilder(gathering.expected);
  let documents: ResultDocument[] | undefined;
  for await (const outcomes of batches) {
    if (outcomes[0]!.index === 0 && isDocument(outcomes[0]!.input)) documents = [];
    for (const outcome of outcomes) {
      if (documents !== undefined) documents.push(document(outcome, gathering));
      else fill(matrix, outcome, gathering);
    }
  }
  return documents ?? matrix.finish();
}

/** All documents. @throws the first failure, unless they are kept. */
export async function gatherDocuments<T>(
  batches: AsyncGenerator<Outcome<T>[]>,
  gathering: Gathering,
): Promise<ResultDocument[]> {
  const documents: ResultDocument[] = [];
  for await (const outcomes of batches) {
    for (const outcome of outcomes) documents.push(document(outcome, gathering));
  }
  return documents;
}

function fill<T>(matrix: MatrixBuilder, outcome: Outcome<T>, { keepErrors }: Gathering): void {
  const error = errorOf(outcome, "needed");
  if (error === undefined) matrix.set(outcome.index, float32Bytes(outcome.answer!.embedding!));
  else if (keepErrors) matrix.fail(outcome.index, error);
  else throw error;
}

function document<T>(outcome: Outcome<T>, { taken, keepErrors }: Gathering): ResultDocument {
  const error = errorOf(outcome, taken.embedding);
  if (error !== undefined && !keepErrors) throw error;
  const result = resultOf(outcome, taken);
  if (error !== undefined) result.error = error;
  return result;
}

/** What a user gave, with what the server has found. */
function resultOf<T>(
  { input, document, answer }: Outcome<T>,
  { embedding, matches, chunks }: Taken,
): ResultDocument {
  const given: ClipDocument = isDocument(input) ? input : {};
  const own: Document = { ...document ?? { id: given.id ?? "" } };
  // Bytes that were only read on the way are not kept: those of a million images would not fit.
  if (given.blob === undefined) delete own.blob;
  delete own.matches;
  delete own.chunks;
  const result = resultDocument(own);
  if (answer === undefined) return result;
  if (embedding && answer.embedding) result.embedding = embeddingOf(answer.embedding);
  if (matches) result.matches = (answer.matches ?? []).map(resultDocument);
  if (chunks) result.chunks = (answer.chunks ?? []).map(resultDocument);
  return result;
}

function errorOf(
  { error, answer, index, document }: Outcome<unknown>,
  embedding: Taken["embedding"],
): ClipClientError | undefined {
  if (error !== undefined || embedding !== "needed" || answer?.embedding) return error;
  return new ClipClientError(
    "document",
    "The server gave no embedding: a text must not be empty, and the server must be one of CLIP",
  ).of(index, document?.id);
}
