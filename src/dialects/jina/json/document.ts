/** Documents out of parsed JSON. */
import { countValues } from "../../../encoding/json_value.ts";
import { decodeBase64 } from "../../../encoding/base64.ts";
import type { Sliced, Slices } from "../../../encoding/slices.ts";
import type { Document, JsonObject, NamedScore, NdArray } from "../document/document.ts";
import { newId } from "../document/document_id.ts";
import type { RequestSize } from "../document/request_size.ts";
import { setMember } from "../document/large_object.ts";
import type { FieldHearer } from "../document/request_size.ts";
import { documentFaults } from "./document_faults.ts";
import type { Faults } from "./faults.ts";
import { nestedToNdArray, NOT_NUMBERS } from "./ndarray.ts";
import { pathOf, type Place, within } from "./place.ts";
import { isDocumentKey, unknownDocumentKey } from "./unknown_keys.ts";

type RawObject = Record<string, unknown>;

/** Documents in documents are in lists of these names. */
export type Children = "chunks" | "matches";

/** What is read: counted, checked, in slices. */
export interface Reading {
  size: RequestSize;
  slices: Slices;
  /** Hears of names that mean nothing. */
  fields?: FieldHearer | undefined;
}

/** Units of work of a document, beside its values. */
const DOCUMENT_UNITS = 500;

/**
 * Reads a list of documents.
 * @param offset index of the first one in its list, of which it is a part.
 */
export function* toDocuments(
  raw: readonly unknown[],
  place: Place,
  faults: Faults,
  reading: Reading,
  offset = 0,
): Sliced<Document[]> {
  reading.size.documents(raw.length);
  const docs: Document[] = [];
  for (let i = 0; i < raw.length && !faults.enough; i++) {
    const item = raw[i];
    const here = within(place, offset + i);
    const shape = documentFaults(item, here);
    if (shape.length > 0) faults.add({ shape, values: [] });
    const doc = toDocument(item, here, faults, reading);
    if (doc !== undefined) {
      for (const as of childrenOf(item as RawObject)) {
        const list = yield* toDocuments(
          (item as RawObject)[as] as unknown[],
          within(here, as),
          faults,
          reading,
        );
        adopt(doc, as, list);
      }
      docs.push(doc);
    }
    if (reading.slices.spent(DOCUMENT_UNITS)) yield;
  }
  return docs;
}

const NO_CHILDREN: readonly Children[] = [];

/** The lists of documents in a document, `chunks` before `matches`. */
function childrenOf(raw: RawObject): readonly Children[] {
  const chunks = Array.isArray(raw["chunks"]);
  const matches = Array.isArray(raw["matches"]);
  if (!chunks && !matches) return NO_CHILDREN;
  return [...chunks ? ["chunks" as const] : [], ...matches ? ["matches" as const] : []];
}

/** Gives a document its children, which take their parent's id and level. */
export function adopt(doc: Document, as: Children, children: Document[]): void {
  doc[as] = children;
  const level = (as === "chunks" ? doc.granularity : doc.adjacency) ?? 0;
  for (const child of children) {
    if (as === "matches") child.adjacency = level + 1;
    else {
      child.parentId = doc.id;
      child.granularity = level + 1;
    }
  }
}

/**
 * Reads a document without those in it.
 * @returns undefined for what is no object.
 */
function toDocument(
  item: unknown,
  place: Place,
  faults: Faults,
  reading: Reading,
): Document | undefined {
  if (typeof item !== "object" || item === null || Array.isArray(item)) return undefined;
  const raw = item as RawObject;
  const doc = newDocument(raw["id"]);
  // Key by key in the order sent: of text, blob and tensor the last one wins.
  for (const key in raw) {
    if (faults.shape.length > 0) break;
    setField(doc, key, raw[key], place, faults, reading);
  }
  return doc;
}

/** A document with its id: as sent, or made up. */
export function newDocument(id: unknown): Document {
  return { id: id === undefined || id === null || id === "" ? newId() : String(id) };
}

/**
 * Sets what a key of a JSON document stands for; `chunks` and `matches` are the caller's.
 * @param value of the key's type; null is the same as absent.
 */
export function setField(
  doc: Document,
  key: string,
  value: unknown,
  place: Place,
  faults: Faults,
  { size, fields }: Reading,
): void {
  if (value === null || value === undefined) return;
  switch (key) {
    case "text":
      setText(doc, value as string);
      break;
    case "blob":
      size.array();
      setBlob(doc, value as string);
      break;
    case "tensor":
    case "embedding":
      size.array();
      setArray(doc, key, nestedToNdArray(value as unknown[]), place, faults);
      break;
    case "parent_id":
      doc.parentId = value as string;
      break;
    case "mime_type":
      doc.mimeType = value as string;
      break;
    case "granularity":
    case "adjacency":
    case "weight":
    case "offset":
      doc[key] = value as number;
      break;
    case "uri":
    case "modality":
      doc[key] = value as string;
      break;
    case "tags":
      countValues(value, size);
      setTags(doc, value);
      break;
    case "location":
      size.values((value as number[]).length);
      doc.location = value as number[];
      break;
    case "scores":
    case "evaluations":
      doc[key] = toScores(value as Record<string, RawObject>, size);
      break;
    default:
      if (fields && !isDocumentKey(key)) unknownDocumentKey(key, place, faults, fields);
  }
}

/**
 * Sets an array.
 * @param array or what is wrong with it. Something that is no number is a fault of the body; lists
 * of unequal length are the document's own: whatever its type says, it cannot be read.
 */
export function setArray(
  doc: Document,
  key: "tensor" | "embedding",
  array: NdArray | string,
  place: Place,
  faults: Faults,
): void {
  if (key === "tensor") clearContent(doc);
  if (typeof array !== "string") doc[key] = array;
  else if (array !== NOT_NUMBERS) doc.unreadable = `Cannot read '${key}' as ${array}`;
  else {
    const fault = { loc: pathOf(within(place, key)), msg: array, type: "value_error" };
    faults.add({ shape: [], values: [fault] });
  }
}

/** Sets tags, if there are some. */
export function setTags(doc: Document, value: unknown): void {
  if (value !== null) doc.tags = value as JsonObject;
}

/** Takes away what a document holds: text, blob and tensor are one. */
export function clearContent(doc: Document): void {
  delete doc.text;
  delete doc.blob;
  delete doc.tensor;
  delete doc.unreadable;
}

function setText(doc: Document, text: string): void {
  // An empty text beside an image is a field left empty, not a content.
  if (text === "" && (doc.blob !== undefined || doc.tensor !== undefined)) return;
  clearContent(doc);
  doc.text = text;
}

function setBlob(doc: Document, text: string): void {
  try {
    setBlobBytes(doc, decodeBase64(text), text.length);
  } catch {
    setCutBlob(doc);
  }
}

/** Sets a blob. @param length of the base64 that it came as, in characters. */
export function setBlobBytes(doc: Document, bytes: Uint8Array, length: number): void {
  clearContent(doc);
  doc.blob = bytes;
  if (bytes.length === 0 && length > 0) {
    doc.unreadable = "Cannot read 'blob' as there is no base64 in it";
  }
}

/** Sets a blob of base64 that is cut off. */
export function setCutBlob(doc: Document): void {
  clearContent(doc);
  doc.unreadable =
    "Cannot read 'blob' as it is no valid base64: it has one character more than a multiple of four";
}

function toScores(
  raw: Record<string, RawObject>,
  size: RequestSize,
): Record<string, NamedScore> {
  countValues(raw, size);
  const scores: Record<string, NamedScore> = {};
  for (const name of Object.keys(raw)) setMember(scores, name, toScore(raw[name]!));
  return scores;
}

/** A score, of fields of the right types. */
export function toScore(fields: RawObject): NamedScore {
  const score: NamedScore = {};
  if (typeof fields["value"] === "number") score.value = fields["value"];
  const opName = optionalText(fields, "op_name");
  const description = optionalText(fields, "description");
  const refId = optionalText(fields, "ref_id");
  if (opName !== undefined) score.opName = opName;
  if (description !== undefined) score.description = description;
  if (refId !== undefined) score.refId = refId;
  return score;
}

/** A text of an object; undefined where it is null or absent. */
export function optionalText(raw: RawObject, key: string): string | undefined {
  return (raw[key] as string | null | undefined) ?? undefined;
}
