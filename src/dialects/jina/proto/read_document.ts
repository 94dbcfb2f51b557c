/** `docarray.DocumentProto` and `NamedScoreProto`, read. */
import type { Document, NamedScore } from "../document/document.ts";
import { newId } from "../document/document_id.ts";
import { readNdArray } from "./ndarray.ts";
import type { RequestReader } from "./request_reader.ts";
import { rememberLarge, setMember } from "../document/large_object.ts";
import { readLargeStruct, readStruct } from "./struct.ts";
import type { Sliced } from "../../../encoding/slices.ts";

/** A document of docarray 0.30 or newer, which has another format. */
export class NewerDocument extends Error {
  constructor() {
    super(
      "The documents are of docarray 0.30 or newer, whose protobuf is another one: use HTTP, or " +
        "docarray below 0.30",
    );
  }
}

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
  yield* readLargeFields(reader, doc);
  reader.leave(outer);
  if (doc.id === "") doc.id = newId();
  return doc;
}

/** Reads the fields of a document to the end of the message at the cursor, in slices. */
export function* readLargeFields(reader: RequestReader, doc: Document): Sliced<void> {
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
      case 146:
        readScore(reader, doc.scores ??= rememberLarge({}));
        break;
      case 154:
        readScore(reader, doc.evaluations ??= rememberLarge({}));
        break;
      default:
        reader.pos = start;
        readField(reader, doc);
    }
    if (reader.due()) yield;
  }
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
      if (reader.startsWith(MAP_KEY)) refuseNewer(reader);
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
      const count = reader.peekLength() >>> 2;
      reader.size.values(count);
      reader.spend(count);
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

/** First byte of an entry of a map; of ids it is a line feed. */
const MAP_KEY = 0x0a;

/**
 * Refuses a document of docarray 0.30 or newer. There field 1 is not the id but an entry of a map
 * from names to values: `DocProto`, `map<string, NodeProto> data = 1`.
 */
function refuseNewer(reader: RequestReader): void {
  const start = reader.pos;
  const entry = new TextDecoder("latin1").decode(reader.bytes().subarray(0, MAX_ENTRY_HEAD));
  reader.pos = start;
  const name = entry.slice(2, 2 + entry.charCodeAt(1));
  // Behind the name comes field 2, a message.
  if (/^\w+$/.test(name) && entry[2 + name.length] === "\x12") throw new NewerDocument();
}

/** The longest name, and what is around it. */
const MAX_ENTRY_HEAD = 130;

/** The three are one `oneof`: what comes last on the wire is set, the others are not. */
function clearContent(doc: Document): void {
  if (doc.blob !== undefined) delete doc.blob;
  if (doc.tensor !== undefined) delete doc.tensor;
  if (doc.text !== undefined) delete doc.text;
}

function readScore(reader: RequestReader, target: Record<string, NamedScore>): void {
  reader.size.score();
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
  setMember(target, key, score);
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
