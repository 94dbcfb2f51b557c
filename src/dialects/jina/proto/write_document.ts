/** `docarray.DocumentProto` and `NamedScoreProto`, written. */
import type { Document, NamedScore } from "../document/document.ts";
import { keysOf } from "../document/large_object.ts";
import { isLightDocument } from "../document/lightness.ts";
import { writeNdArray } from "./ndarray.ts";
import { writeLargeStruct, writeStruct } from "./struct.ts";
import type { WireSink } from "../../../encoding/protobuf_sink.ts";
import type { Sliced, Slices } from "../../../encoding/slices.ts";

/** Writes a document as the field `tag`. */
export function writeDocument(sink: WireSink, tag: number, doc: Document): void {
  sink.begin(tag);
  writeFields(sink, doc);
  sink.end();
}

/** Writes a document's fields in the order of their numbers; the caller has begun the message. */
export function writeFields(sink: WireSink, doc: Document): void {
  writeBeforeChildren(sink, doc);
  if (doc.location !== undefined && doc.location.length > 0) sink.packedFloat(106, doc.location);
  if (doc.chunks !== undefined) { for (const chunk of doc.chunks) writeDocument(sink, 114, chunk); }
  if (doc.matches !== undefined) {
    for (const match of doc.matches) writeDocument(sink, 122, match);
  }
  if (doc.embedding !== undefined) writeNdArray(sink, 130, doc.embedding);
  if (doc.tags !== undefined) {
    sink.begin(138);
    writeStruct(sink, doc.tags);
    sink.end();
  }
  if (doc.scores !== undefined) writeScores(sink, 146, doc.scores);
  if (doc.evaluations !== undefined) writeScores(sink, 154, doc.evaluations);
  sink.raw(doc.unknownFields);
}

/** Units of work of a document that is written. */
const DOCUMENT_UNITS = 500;

/** Writes documents as the fields `tag`, in slices. */
export function* writeDocuments(
  sink: WireSink,
  tag: number,
  docs: readonly Document[],
  slices: Slices,
): Sliced<void> {
  for (const doc of docs) {
    if (isLightDocument(doc)) writeDocument(sink, tag, doc);
    else yield* writeLargeDocument(sink, tag, doc, slices);
    if (slices.spent(DOCUMENT_UNITS)) yield;
  }
}

function* writeLargeDocument(
  sink: WireSink,
  tag: number,
  doc: Document,
  slices: Slices,
): Sliced<void> {
  sink.begin(tag);
  yield* writeLargeFields(sink, doc, slices);
  sink.end();
}

/** As `writeFields`, in slices. */
export function* writeLargeFields(sink: WireSink, doc: Document, slices: Slices): Sliced<void> {
  writeBeforeChildren(sink, doc);
  if (doc.location?.length) yield* writeLargeFloats(sink, 106, doc.location, slices);
  if (doc.chunks !== undefined) yield* writeDocuments(sink, 114, doc.chunks, slices);
  if (doc.matches !== undefined) yield* writeDocuments(sink, 122, doc.matches, slices);
  if (doc.embedding !== undefined) writeNdArray(sink, 130, doc.embedding);
  if (doc.tags !== undefined) {
    sink.begin(138);
    yield* writeLargeStruct(sink, doc.tags, slices);
    sink.end();
  }
  if (doc.scores !== undefined) yield* writeLargeScores(sink, 146, doc.scores, slices);
  if (doc.evaluations !== undefined) yield* writeLargeScores(sink, 154, doc.evaluations, slices);
  sink.raw(doc.unknownFields);
}

function writeBeforeChildren(sink: WireSink, doc: Document): void {
  if (doc.id !== "") sink.string(10, doc.id);
  if (doc.blob !== undefined) sink.bytes(18, doc.blob);
  if (doc.tensor !== undefined) writeNdArray(sink, 26, doc.tensor);
  if (doc.text !== undefined) sink.string(34, doc.text);
  if (doc.granularity !== undefined) sink.varint(40, doc.granularity);
  if (doc.adjacency !== undefined) sink.varint(48, doc.adjacency);
  if (doc.parentId !== undefined) sink.string(58, doc.parentId);
  if (doc.weight !== undefined) sink.float(69, doc.weight);
  if (doc.uri !== undefined) sink.string(74, doc.uri);
  if (doc.modality !== undefined) sink.string(82, doc.modality);
  if (doc.mimeType !== undefined) sink.string(90, doc.mimeType);
  if (doc.offset !== undefined) sink.float(101, doc.offset);
}

/** Floats that are written at a time. */
const PIECE_FLOATS = 1 << 13;

/** As `packedFloat` writes them. */
function* writeLargeFloats(
  sink: WireSink,
  tag: number,
  values: readonly number[],
  slices: Slices,
): Sliced<void> {
  const floats = new Float32Array(values.length);
  for (let at = 0; at < values.length; at += PIECE_FLOATS) {
    floats.set(values.slice(at, at + PIECE_FLOATS), at);
    if (slices.spent(PIECE_FLOATS * 4)) yield;
  }
  sink.bytes(tag, new Uint8Array(floats.buffer));
}

function* writeLargeScores(
  sink: WireSink,
  tag: number,
  scores: Record<string, NamedScore>,
  slices: Slices,
): Sliced<void> {
  for (const key of keysOf(scores)) {
    writeScore(sink, tag, key, scores[key]!);
    if (slices.spent(DOCUMENT_UNITS)) yield;
  }
}

function writeScores(sink: WireSink, tag: number, scores: Record<string, NamedScore>): void {
  for (const key of Object.keys(scores)) writeScore(sink, tag, key, scores[key]!);
}

function writeScore(sink: WireSink, tag: number, key: string, score: NamedScore): void {
  sink.begin(tag);
  sink.string(10, key);
  sink.begin(18);
  if (score.value !== undefined) sink.float(13, score.value);
  if (score.opName !== undefined) sink.string(18, score.opName);
  if (score.description !== undefined) sink.string(26, score.description);
  if (score.refId !== undefined) sink.string(34, score.refId);
  sink.raw(score.unknownFields);
  sink.end();
  sink.end();
}
