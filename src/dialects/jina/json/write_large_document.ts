/** Documents as JSON, large ones field by field, in slices. */
import type { Document, NamedScore } from "../document/document.ts";
import type { JsonBytes } from "../../../encoding/json_bytes.ts";
import type { Sliced, Slices } from "../../../encoding/slices.ts";
import { keysOf } from "../document/large_object.ts";
import { isLightDocument } from "../document/lightness.ts";
import { writeLargeValue } from "./large_value.ts";
import { writeLargeNdArray } from "./ndarray.ts";
import { isEmpty, scalar, scoreJson, writeDocument } from "./write_document.ts";

/** Units of work of a document that is written. */
const DOCUMENT_UNITS = 1000;

/** As `writeDocuments`, in slices. */
export function* writeLargeDocuments(
  json: JsonBytes,
  docs: Document[],
  after: string,
  slices: Slices,
): Sliced<void> {
  let before = "[";
  for (const doc of docs) {
    if (isLightDocument(doc)) writeDocument(json, doc, before);
    else {
      json.raw(before);
      yield* writeLargeDocument(json, doc, slices);
    }
    before = ",";
    if (slices.spent(DOCUMENT_UNITS)) yield;
  }
  json.raw(docs.length === 0 ? `[]${after}` : `]${after}`);
}

/** As `writeDocument`, field by field. */
function* writeLargeDocument(json: JsonBytes, doc: Document, slices: Slices): Sliced<void> {
  json.raw('{"id":');
  yield* json.longText(doc.id, slices);
  json.raw(',"parent_id":');
  yield* writeLargeText(json, doc.parentId, slices);
  json.raw(
    `,"granularity":${scalar(doc.granularity)},"adjacency":${scalar(doc.adjacency)},"blob":`,
  );
  if (doc.blob !== undefined && doc.blob.length > 0) yield* json.longBase64(doc.blob, slices);
  else json.raw("null");
  json.raw(',"tensor":');
  if (doc.tensor !== undefined) yield* writeLargeNdArray(json, doc.tensor, slices);
  else json.raw("null");
  json.raw(',"mime_type":');
  yield* writeLargeText(json, doc.mimeType, slices);
  json.raw(',"text":');
  yield* writeLargeText(json, doc.text, slices);
  json.raw(`,"weight":${scalar(doc.weight)},"uri":`);
  yield* writeLargeText(json, doc.uri, slices);
  json.raw(',"tags":');
  yield* writeLargeObject(json, doc.tags, slices);
  json.raw(`,"offset":${scalar(doc.offset)},"location":`);
  if (doc.location === undefined) json.raw("null");
  else yield* writeLargeValue(json, doc.location, slices);
  json.raw(',"embedding":');
  if (doc.embedding !== undefined) yield* writeLargeNdArray(json, doc.embedding, slices);
  else json.raw("null");
  json.raw(',"modality":');
  yield* writeLargeText(json, doc.modality, slices);
  json.raw(',"evaluations":');
  yield* writeLargeScores(json, doc.evaluations, slices);
  json.raw(',"scores":');
  yield* writeLargeScores(json, doc.scores, slices);
  json.raw(',"chunks":');
  if (doc.chunks?.length) yield* writeLargeDocuments(json, doc.chunks, "", slices);
  else json.raw("null");
  json.raw(',"matches":');
  if (doc.matches?.length) yield* writeLargeDocuments(json, doc.matches, "", slices);
  else json.raw("null");
  json.raw("}");
}

function* writeLargeText(
  json: JsonBytes,
  text: string | undefined,
  slices: Slices,
): Sliced<void> {
  if (text === undefined || text === "") json.raw("null");
  else yield* json.longText(text, slices);
}

function* writeLargeObject(
  json: JsonBytes,
  value: Record<string, unknown> | undefined,
  slices: Slices,
): Sliced<void> {
  if (value === undefined || isEmpty(value)) json.raw("null");
  else yield* writeLargeValue(json, value, slices);
}

function* writeLargeScores(
  json: JsonBytes,
  value: Record<string, NamedScore> | undefined,
  slices: Slices,
): Sliced<void> {
  let before = "{";
  for (const name of keysOf(value ?? {})) {
    json.raw(`${before}${scoreJson(name, value![name]!)}`);
    before = ",";
    if (slices.spent(DOCUMENT_UNITS)) yield;
  }
  json.raw(before === "{" ? "null" : "}");
}
