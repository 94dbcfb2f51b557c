/** Documents and queries as they come, checked and made ready for an engine. */
import type { Sliced, Slices } from "../encoding/slices.ts";
import { ClipError } from "../errors.ts";
import { MAX_ID_BYTES } from "./bounds.ts";
import { columnValues } from "./columns.ts";
import { embeddingFault } from "./embedding_fault.ts";
import type { IndexEntry, IndexShape } from "./engine.ts";
import type { IndexDocument } from "./indexer.ts";
import { textFault } from "./text_fault.ts";
import { shortened } from "./told.ts";

/** What an id costs, as bytes that are scanned. */
const UNITS_OF_ID = 50;
/** What a document costs beside its embedding. */
const UNITS_OF_DOCUMENT = 500;
/** What a number of an embedding costs. */
const UNITS_OF_NUMBER = 4;

/**
 * A document as an engine keeps it.
 * @throws {ClipError} "document" that says what is wrong with it: the caller says which one it is.
 */
export function toEntry(document: IndexDocument, shape: IndexShape): IndexEntry {
  const { id, embedding } = document;
  const fault = idFault(id) ?? embeddingFault(embedding, shape);
  if (fault !== undefined) throw new ClipError("document", fault);
  const columns = columnValues(shape.columns, document.tags);
  return { id, embedding, columns, document: document.document };
}

/** Why a text is no id of an index; undefined if it is one. */
function idFault(id: string): string | undefined {
  if (id === "") return "there is no id";
  const fault = textFault(id, MAX_ID_BYTES);
  return fault === undefined ? undefined : `the id ${fault}`;
}

/** Each text once, those that may be ids apart from those that never could. */
export function* distinctIds(
  ids: readonly string[],
  slices: Slices,
): Sliced<{ possible: string[]; impossible: string[] }> {
  const seen = new Set<string>();
  const [possible, impossible]: [string[], string[]] = [[], []];
  for (const id of ids) {
    if (slices.spent(2 * UNITS_OF_ID)) yield;
    const before = seen.size;
    if (seen.add(id).size === before) continue;
    (idFault(id) === undefined ? possible : impossible).push(id);
  }
  return { possible, impossible };
}

/** Those of the texts that may be ids: what is none is not there, and no engine is asked for it. */
export function* possibleIds(ids: readonly string[], slices: Slices): Sliced<string[]> {
  const possible: string[] = [];
  for (const id of ids) {
    if (idFault(id) === undefined) possible.push(id);
    if (slices.spent(UNITS_OF_ID)) yield;
  }
  return possible;
}

/** All documents. @throws {ClipError} "document" that names the first that cannot be kept. */
export function* toEntries(
  documents: readonly IndexDocument[],
  shape: IndexShape,
  slices: Slices,
): Sliced<IndexEntry[]> {
  const entries = new Array<IndexEntry>(documents.length);
  for (let i = 0; i < documents.length; i++) {
    try {
      entries[i] = toEntry(documents[i]!, shape);
    } catch (thrown) {
      throw named(thrown, documents[i]!.id, i);
    }
    if (slices.spent(unitsOf(shape))) yield;
  }
  return entries;
}

/** All queries one after the other. @throws {ClipError} "document" that names the first broken one. */
export function* toQueries(
  queries: readonly Float32Array[],
  shape: IndexShape,
  slices: Slices,
): Sliced<Float32Array> {
  for (let i = 0; i < queries.length; i++) {
    const fault = embeddingFault(queries[i]!, shape);
    if (fault !== undefined) throw new ClipError("document", `query ${i}: ${fault}`);
    if (slices.spent(unitsOf(shape))) yield;
  }
  const { dimensions } = shape;
  const joined = new Float32Array(queries.length * dimensions);
  for (let i = 0; i < queries.length; i++) {
    joined.set(queries[i]!, i * dimensions);
    if (slices.spent(dimensions)) yield;
  }
  return joined;
}

function unitsOf({ dimensions }: IndexShape): number {
  return UNITS_OF_DOCUMENT + UNITS_OF_NUMBER * dimensions;
}

function named(thrown: unknown, id: string, index: number): unknown {
  if (!(thrown instanceof ClipError)) return thrown;
  return new ClipError(
    thrown.kind,
    `document '${shortened(id)}' (index ${index}): ${thrown.message}`,
  );
}
