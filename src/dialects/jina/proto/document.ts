/** `docarray.DocumentProto` and `NamedScoreProto`. */
import type { Document, NamedScore } from "../document/document.ts";
import { newId } from "../document/document_id.ts";
import { readNdArray, writeNdArray } from "./ndarray.ts";
import type { RequestReader } from "./request_reader.ts";
import { readLargeStruct, readStruct, setKey, writeLargeStruct, writeStruct } from "./struct.ts";
import { isLightDocument } from "../document/lightness.ts";
import type { WireSink } from "../../../encoding/protobuf_writer.ts";
import type { Sliced, Slices } from "../../../encoding/slices.ts";

/**
 * Reads a length-delimited `DocumentProto`. `blob` and array buffers are views of the message.
 *
 * A document without an id gets a new one, as in docarray.
 */
export function readDocument(reader: RequestReader): Document {
  reader.size.documents(1);
  const doc: Document = { id: "" };
  const outer = reader.enter();
  while (reader.more()) readField(reader, doc);
  reader.leave(outer);
  if (doc.id === "") doc.id = newId();
  return doc;
}

/** As `readDocument`, in slices. */
export function* readLargeDocument(reader: RequestReader): Sliced<Document> {
  if (!reader.large) return readDocument(reader);
  reader.size.documents(1);
  const doc: Document = { id: "" };
  const outer = reader.enter();
  while (reader.more()) {
    const start = reader.pos;
    switch (reader.tag()) {
      case 34:
        clearContent(doc);
        doc.text = yield* reader.longString();
        break;
      case 74:
        doc.uri = yield* reader.longString();
        break;
      case 114:
        (doc.chunks ??= []).push(yield* readLargeDocument(reader));
        break;
      case 122:
        (doc.matches ??= []).push(yield* readLargeDocument(reader));
        break;
      case 106:
        yield* readLargeLocation(reader, doc.location ??= []);
        break;
      case 138:
        doc.tags = yield* readLargeStruct(reader, doc.tags);
        break;
      default:
        reader.pos = start;
        readField(reader, doc);
    }
    if (reader.due()) yield;
  }
  reader.leave(outer);
  if (doc.id === "") doc.id = newId();
  return doc;
}

function* readLargeLocation(reader: RequestReader, location: number[]): Sliced<void> {
  reader.size.values(reader.peekLength() >>> 2);
  const end = reader.enter();
  while (reader.more()) {
    location.push(reader.float());
    if (reader.due()) yield;
  }
  reader.leave(end);
}

function readField(reader: RequestReader, doc: Document): void {
  const start = reader.pos;
  const tag = reader.tag();
  switch (tag) {
    case 10:
      doc.id = reader.string();
      break;
    case 18:
      clearContent(doc);
      doc.blob = reader.bytes();
      break;
    case 26: {
      const merged = doc.tensor;
      clearContent(doc);
      doc.tensor = readNdArray(reader, merged);
      break;
    }
    case 34:
      clearContent(doc);
      doc.text = reader.string();
      break;
    case 40:
      doc.granularity = reader.uint32();
      break;
    case 48:
      doc.adjacency = reader.uint32();
      break;
    case 58:
      doc.parentId = reader.string();
      break;
    case 69:
      doc.weight = reader.float();
      break;
    case 74:
      doc.uri = reader.string();
      break;
    case 82:
      doc.modality = reader.string();
      break;
    case 90:
      doc.mimeType = reader.string();
      break;
    case 101:
      doc.offset = reader.float();
      break;
    case 109:
      reader.size.values(1);
      (doc.location ??= []).push(reader.float());
      break;
    case 106: {
      const location = doc.location ??= [];
      reader.size.values(reader.peekLength() >>> 2);
      const end = reader.enter();
      while (reader.more()) location.push(reader.float());
      reader.leave(end);
      break;
    }
    case 114:
      (doc.chunks ??= []).push(readDocument(reader));
      break;
    case 122:
      (doc.matches ??= []).push(readDocument(reader));
      break;
    case 130:
      doc.embedding = readNdArray(reader, doc.embedding);
      break;
    case 138:
      doc.tags = readStruct(reader, doc.tags);
      break;
    case 146:
      readScore(reader, doc.scores ??= {});
      break;
    case 154:
      readScore(reader, doc.evaluations ??= {});
      break;
    default:
      doc.unknownFields = reader.keepUnknown(doc.unknownFields, tag, start);
  }
}

/** The three are one `oneof`: what comes last on the wire is set, the others are not. */
function clearContent(doc: Document): void {
  if (doc.blob !== undefined) delete doc.blob;
  if (doc.tensor !== undefined) delete doc.tensor;
  if (doc.text !== undefined) delete doc.text;
}

function readScore(reader: RequestReader, target: Record<string, NamedScore>): void {
  reader.size.values(1);
  let key = "";
  let score: NamedScore = {};
  const outer = reader.enter();
  while (reader.more()) {
    const tag = reader.tag();
    if (tag === 10) key = reader.string();
    else if (tag === 18) score = readNamedScore(reader);
    else reader.skip(tag);
  }
  reader.leave(outer);
  setKey(target, key, score);
}

function readNamedScore(reader: RequestReader): NamedScore {
  const score: NamedScore = {};
  const outer = reader.enter();
  while (reader.more()) {
    const start = reader.pos;
    const tag = reader.tag();
    switch (tag) {
      case 13:
        score.value = reader.float();
        break;
      case 18:
        score.opName = reader.string();
        break;
      case 26:
        score.description = reader.string();
        break;
      case 34:
        score.refId = reader.string();
        break;
      default:
        score.unknownFields = reader.keepUnknown(score.unknownFields, tag, start);
    }
  }
  reader.leave(outer);
  return score;
}

/** Writes a document as the field `tag`, its fields in the order of their numbers. */
export function writeDocument(sink: WireSink, tag: number, doc: Document): void {
  sink.begin(tag);
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
  sink.end();
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
  sink.end();
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
  for (const key of Object.keys(scores)) {
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
