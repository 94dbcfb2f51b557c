/** Documents of answers, as users get them. */
import type { Document, NdArray } from "../../src/dialects/jina/document/document.ts";
import { readNumbers } from "../../src/dialects/jina/document/nd_array.ts";
import type { ResultDocument, Score } from "../document.ts";
import { ClipClientError } from "../errors.ts";

/** Whether an array of 4-byte numbers may be laid over memory as it lies. */
const LITTLE_ENDIAN = new Uint8Array(new Uint32Array([1]).buffer)[0] === 1;

/** An embedding as float32, copied out of the message it came in, which may go then. */
export function embeddingOf(array: NdArray): Float32Array {
  const bytes = float32Bytes(array);
  const values = new Float32Array(bytes.length >>> 2);
  new Uint8Array(values.buffer).set(bytes.subarray(0, values.byteLength));
  return values;
}

/**
 * The bytes of an embedding as float32 in the machine's order: where they lie, as servers send them
 * so.
 * @throws {ClipClientError} protocol: it is sparse, or of a type that is none of numbers.
 */
export function float32Bytes(array: NdArray): Uint8Array {
  if (array.dtype === "<f4" && LITTLE_ENDIAN && array.sparse === undefined) return array.buffer;
  try {
    return new Uint8Array(Float32Array.from(readNumbers(array)).buffer);
  } catch (cause) {
    throw new ClipClientError("protocol", `The embedding is no array of numbers: ${cause}`, {
      cause,
    });
  }
}

/** The document, with all that is in it. */
export function resultDocument(document: Document): ResultDocument {
  const { id, text, blob, uri, mimeType, tags, weight, modality, parentId } = document;
  const result: ResultDocument = { id };
  if (text !== undefined) result.text = text;
  // Of a message's bytes nothing is kept but what is used.
  if (blob !== undefined) result.blob = blob.slice();
  if (uri !== undefined) result.uri = uri;
  if (mimeType !== undefined) result.mimeType = mimeType;
  if (tags !== undefined) result.tags = tags;
  if (weight !== undefined) result.weight = weight;
  if (modality !== undefined) result.modality = modality;
  if (parentId !== undefined) result.parentId = parentId;
  if (document.embedding !== undefined) result.embedding = embeddingOf(document.embedding);
  if (document.matches !== undefined) result.matches = document.matches.map(resultDocument);
  if (document.chunks !== undefined) result.chunks = document.chunks.map(resultDocument);
  if (document.scores !== undefined) result.scores = scoresOf(document.scores);
  return result;
}

function scoresOf(scores: NonNullable<Document["scores"]>): Record<string, Score> {
  return Object.fromEntries(
    Object.entries(scores).map(([name, { value, opName, description, refId }]) => [name, {
      value: value ?? 0,
      ...(opName === undefined ? {} : { opName }),
      ...(description === undefined ? {} : { description }),
      ...(refId === undefined ? {} : { refId }),
    }]),
  );
}
