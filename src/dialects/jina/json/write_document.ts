/** Documents as JSON. */
import type { Document, NamedScore } from "../document/document.ts";
import type { JsonBytes } from "../../../encoding/json_bytes.ts";
import { writeNdArray } from "./ndarray.ts";

/** Bytes of a float32 in JSON, comma included, as they come on average, or a little more. */
const BYTES_PER_FLOAT = 14;
const BYTES_PER_DOCUMENT = 512;

/** Bytes that documents are likely to take. */
export function capacity(docs: Document[]): number {
  let bytes = 0;
  for (const doc of docs) {
    bytes += BYTES_PER_DOCUMENT + (doc.text?.length ?? 0) + (doc.uri?.length ?? 0) +
      Math.ceil((doc.blob?.length ?? 0) / 3) * 4 +
      (doc.embedding?.shape[0] ?? 0) * BYTES_PER_FLOAT;
    if (doc.chunks !== undefined) bytes += capacity(doc.chunks);
    if (doc.matches !== undefined) bytes += capacity(doc.matches);
  }
  // Only a first guess: a shape is a client's word, and no reason to allocate gigabytes.
  return Math.min(bytes, 1 << 28);
}

/** Writes a list of documents, and `after` with the last piece of text. */
export function writeDocuments(json: JsonBytes, docs: Document[], after: string): void {
  let before = "[";
  for (const doc of docs) {
    writeDocument(json, doc, before);
    before = ",";
  }
  json.raw(docs.length === 0 ? `[]${after}` : `]${after}`);
}

/** Writes a document. Pieces of text are joined before: each encoding is a call into the runtime. */
export function writeDocument(json: JsonBytes, doc: Document, before: string): void {
  let text = `${before}{"id":${JSON.stringify(doc.id)},"parent_id":${scalar(doc.parentId)}` +
    `,"granularity":${scalar(doc.granularity)},"adjacency":${scalar(doc.adjacency)},"blob":`;
  if (doc.blob !== undefined && doc.blob.length > 0) {
    json.raw(text);
    json.base64(doc.blob);
    text = "";
  } else {
    text += "null";
  }
  text += `,"tensor":`;
  if (doc.tensor !== undefined) {
    json.raw(text);
    writeNdArray(json, doc.tensor);
    text = "";
  } else {
    text += "null";
  }
  text += `,"mime_type":${scalar(doc.mimeType)},"text":${scalar(doc.text)}` +
    `,"weight":${scalar(doc.weight)},"uri":${scalar(doc.uri)}` +
    `,"tags":${filled(doc.tags)},"offset":${scalar(doc.offset)}` +
    `,"location":${scalar(doc.location)},"embedding":`;
  if (doc.embedding !== undefined) {
    json.raw(text);
    writeNdArray(json, doc.embedding);
    text = "";
  } else {
    text += "null";
  }
  text += `,"modality":${scalar(doc.modality)},"evaluations":${scores(doc.evaluations)}` +
    `,"scores":${scores(doc.scores)},"chunks":`;
  if (doc.chunks !== undefined && doc.chunks.length > 0) {
    json.raw(text);
    writeDocuments(json, doc.chunks, `,"matches":`);
    text = "";
  } else {
    text += `null,"matches":`;
  }
  if (doc.matches !== undefined && doc.matches.length > 0) {
    json.raw(text);
    writeDocuments(json, doc.matches, "}");
  } else {
    json.raw(`${text}null}`);
  }
}

/** An empty text is an empty field, as protobuf has it, through which the original's answers went. */
export function scalar(value: string | number | number[] | undefined): string {
  return value === undefined || value === "" ? "null" : JSON.stringify(value);
}

/** An empty object is an empty field. */
function filled(value: Record<string, unknown> | undefined): string {
  return value === undefined || isEmpty(value) ? "null" : JSON.stringify(value);
}

/** Whether an object has no members. */
export function isEmpty(value: Record<string, unknown>): boolean {
  for (const _ in value) return false;
  return true;
}

function scores(value: Record<string, NamedScore> | undefined): string {
  if (value === undefined) return "null";
  const items = Object.entries(value).map(([name, score]) => scoreJson(name, score));
  return items.length === 0 ? "null" : `{${items.join(",")}}`;
}

/** A score with its name. */
export function scoreJson(name: string, score: NamedScore): string {
  return `${JSON.stringify(name)}:{"value":${scalar(score.value)}` +
    `,"op_name":${scalar(score.opName)},"description":${scalar(score.description)}` +
    `,"ref_id":${scalar(score.refId)}}`;
}
