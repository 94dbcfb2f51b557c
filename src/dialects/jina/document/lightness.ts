/** Whether something is written in no time, or better in slices. */
import type { Document } from "./document.ts";
import { isLarge } from "./large_object.ts";

/** Units of a document, a value, and bytes of one unit. */
const DOCUMENT = 20;
const VALUE = 1;
const BYTES_PER_UNIT = 256;
/** What is written at once: less than a millisecond's work. */
const LIGHT = 5000;

/** Whether documents, with all that is in them, are few and small. Looks at no more than that. */
export function areLight(docs: readonly Document[]): boolean {
  return afterDocuments(docs, LIGHT) >= 0;
}

/** The same of one document. */
export function isLightDocument(doc: Document): boolean {
  return afterDocument(doc, LIGHT) >= 0;
}

/** The same of a JSON value. */
export function isLightValue(value: unknown): boolean {
  return afterValue(value, LIGHT) >= 0;
}

/** What is left of some units; negative if they do not do. */
function afterDocuments(docs: readonly Document[], units: number): number {
  let left = units;
  for (const doc of docs) if ((left = afterDocument(doc, left)) < 0) return left;
  return left;
}

function afterDocument(doc: Document, units: number): number {
  const { text, uri, id, blob, tensor, embedding, tags, scores, evaluations, location } = doc;
  const bytes = (text?.length ?? 0) + (uri?.length ?? 0) + id.length + (blob?.length ?? 0) +
    // Numbers take about ten times as long as bytes that are copied.
    ((tensor?.buffer.length ?? 0) + (embedding?.buffer.length ?? 0) + (location?.length ?? 0)) * 4;
  let left = units - DOCUMENT - bytes / BYTES_PER_UNIT;
  if (left < 0) return left;
  if (tags !== undefined) left = afterValue(tags, left);
  if (scores !== undefined) left = afterValue(scores, left);
  if (evaluations !== undefined) left = afterValue(evaluations, left);
  if (doc.unknownFields !== undefined) left -= doc.unknownFields.length;
  if (doc.chunks !== undefined && left >= 0) left = afterDocuments(doc.chunks, left);
  if (doc.matches !== undefined && left >= 0) left = afterDocuments(doc.matches, left);
  return left;
}

function afterValue(value: unknown, units: number): number {
  let left = units - VALUE;
  if (typeof value === "string") return left - value.length / BYTES_PER_UNIT;
  if (typeof value !== "object" || value === null || left < 0) return left;
  if (Array.isArray(value)) {
    for (const item of value) if ((left = afterValue(item, left)) < 0) return left;
    return left;
  }
  if (isLarge(value)) return -1;
  for (const key of Object.keys(value)) {
    left = afterValue((value as Record<string, unknown>)[key], left - key.length / BYTES_PER_UNIT);
    if (left < 0) return left;
  }
  return left;
}
