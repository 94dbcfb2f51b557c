/**
 * A large JSON body, read in slices: its few keys one by one, small documents by `JSON.parse`, large
 * ones field by field, base64 straight into bytes and nested numbers straight into arrays. What
 * comes out, and what is told of faults, is what comes of parsing the whole.
 */
import { Base64Decoder } from "../../../encoding/base64.ts";
import { JsonReader, pieceText } from "../../../encoding/json_reader.ts";
import { SMALL_BYTES } from "../../../encoding/json_value.ts";
import { JsonDepthError, JsonSyntaxError } from "../../../encoding/json_tokens.ts";
import type { Sliced } from "../../../encoding/slices.ts";
import { isUtf8InSlices } from "../../../encoding/utf8_slices.ts";
import type { Document } from "../document/document.ts";
import { NO_LIMITS, RequestSize } from "../document/request_size.ts";
import { nestedTooDeep, notJson, notUtf8 } from "./body_errors.ts";
import {
  adopt,
  type Children,
  newDocument,
  type Reading,
  setArray,
  setBlobBytes,
  setCutBlob,
  setField,
  setTags,
  toDocuments,
} from "./document.ts";
import { documentFaults } from "./document_faults.ts";
import type { Envelope } from "./envelope.ts";
import { locateFault } from "../../../encoding/json_fault.ts";
import { Faults } from "./faults.ts";
import { readNestedNumbers } from "./large_tensor.ts";
import { readLargeScores } from "./large_scores.ts";
import { readLargeValue } from "./large_value.ts";
import { BODY, type Place, within } from "./place.ts";
import { isDocumentKey, unknownDocumentKey, unknownRequestKey } from "./unknown_keys.ts";

type RawObject = Record<string, unknown>;

const QUOTE = 0x22;
const OPEN_LIST = 0x5b;
const OPEN_OBJECT = 0x7b;

/** Keys of the body that are kept; others are passed over. */
const ENVELOPE_KEYS = new Set([
  "header",
  "parameters",
  "execEndpoint",
  "exec_endpoint",
  "targetExecutor",
  "target_executor",
]);

/**
 * Reads a body.
 * @param envelope takes what is read.
 * @param faults takes the documents' faults.
 * @throws {BodyValidationError} not JSON, or nested deeper than `maxDepth`.
 * @throws {ClipError} too_large: more than the limits allow.
 */
export function* readLargeBody(
  bytes: Uint8Array,
  maxDepth: number,
  envelope: Envelope,
  faults: Faults,
  reading: Reading,
): Sliced<void> {
  const { slices } = reading;
  if (!(yield* isUtf8InSlices(bytes, slices))) throw notUtf8();
  const reader = new JsonReader(bytes, slices, maxDepth);
  try {
    yield* new LargeBody(reader, reading).read(envelope, faults);
  } catch (thrown) {
    if (thrown instanceof JsonDepthError) throw nestedTooDeep(maxDepth);
    if (!(thrown instanceof JsonSyntaxError)) throw thrown;
    throw notJson(yield* locateFault(bytes, thrown, slices));
  }
}

/** More members than a document has; those beyond are counted. */
const MANY_MEMBERS = 100;

/** A list of documents and its faults. */
interface DocumentList {
  docs: Document[];
  faults: Faults;
}

class LargeBody {
  readonly #reader: JsonReader;
  readonly #reading: Reading;

  constructor(reader: JsonReader, reading: Reading) {
    this.#reader = reader;
    this.#reading = reading;
  }

  *read(envelope: Envelope, faults: Faults): Sliced<void> {
    const reader = this.#reader;
    let list: DocumentList | undefined;
    // Those of the body's own keys are told behind those of its documents.
    const own = new Faults();
    if ((yield* reader.next()) === OPEN_OBJECT) {
      const raw: RawObject = {};
      envelope.raw = raw;
      reader.enter();
      for (let key = yield* reader.member(true); key !== undefined;) {
        // Each costs time, also what is passed over or there again.
        this.#reading.size.values(1);
        if (key === "data") {
          list = yield* this.#data(raw);
        } else if (ENVELOPE_KEYS.has(key)) {
          raw[key] = yield* readLargeValue(reader, this.#reading.size);
        } else {
          unknownRequestKey(key, own, this.#reading.fields);
          yield* reader.skip();
        }
        key = yield* reader.member(false);
      }
    } else {
      yield* reader.skip();
      envelope.raw = null;
    }
    if ((yield* reader.next()) !== undefined) throw reader.fault("Extra data");
    if (list !== undefined) {
      envelope.docs = list.docs;
      faults.add(list.faults);
    }
    faults.add(own);
  }

  /** The value of `data`, which goes into `raw` without its documents. */
  *#data(raw: RawObject): Sliced<DocumentList | undefined> {
    const reader = this.#reader;
    const place = within(BODY, "data");
    const first = yield* reader.next();
    if (first === OPEN_LIST) {
      raw["data"] = [];
      return yield* this.#documents(place);
    }
    if (first !== OPEN_OBJECT) {
      raw["data"] = yield* readLargeValue(reader, this.#reading.size);
      return undefined;
    }
    const data: RawObject = {};
    raw["data"] = data;
    let list: DocumentList | undefined;
    reader.enter();
    for (let key = yield* reader.member(true); key !== undefined;) {
      this.#reading.size.values(1);
      if (key !== "docs") yield* reader.skip();
      else if (reader.bytes[reader.at] === OPEN_LIST) {
        data["docs"] = [];
        list = yield* this.#documents(within(place, "docs"));
      } else {
        data["docs"] = yield* readLargeValue(reader, this.#reading.size);
        list = undefined;
      }
      key = yield* reader.member(false);
    }
    return list;
  }

  *#documents(place: Place): Sliced<DocumentList> {
    const reader = this.#reader;
    const { slices, size } = this.#reading;
    const docs: Document[] = [];
    const faults = new Faults();
    reader.enter();
    let i = 0;
    for (let first = true; yield* reader.element(first); first = false) {
      const end = reader.runEnds(SMALL_BYTES);
      if (end >= 0) {
        slices.spent(end - reader.at);
        const run = yield* reader.parseRun(end);
        const read = yield* toDocuments(run, place, faults, this.#reading, i);
        if (!faults.any) { for (const doc of read) docs.push(doc); }
        i += run.length;
      } else if (reader.bytes[reader.at] === OPEN_OBJECT) {
        size.documents(1);
        const doc = yield* this.#document(within(place, i++), faults);
        if (!faults.any) docs.push(doc);
      } else {
        // A list or a string: no document.
        size.documents(1);
        yield* reader.skip();
        faults.add({ shape: documentFaults(undefined, within(place, i++)), values: [] });
      }
      if (slices.spent(0)) yield;
    }
    return { docs, faults };
  }

  /** One large document. */
  *#document(place: Place, faults: Faults): Sliced<Document> {
    const reader = this.#reader;
    const { size } = this.#reading;
    /** What is checked when all of it is there; large values are stood for by small ones. */
    const raw: RawObject = {};
    /** By key, in the order sent; of a key that is there twice the last value counts. */
    const fields = new Map<string, SetField>();
    const children: Partial<Record<Children, DocumentList>> = {};
    let members = 0;
    reader.enter();
    for (let key = yield* reader.member(true); key !== undefined;) {
      if (++members > MANY_MEMBERS) size.values(1);
      if ((key === "chunks" || key === "matches") && reader.bytes[reader.at] === OPEN_LIST) {
        raw[key] = [];
        children[key] = yield* this.#documents(within(place, key));
      } else if (isDocumentKey(key)) {
        fields.set(key, yield* this.#field(key, raw, place));
      } else {
        const { fields: unknown } = this.#reading;
        if (unknown) unknownDocumentKey(key, place, faults, unknown);
        yield* reader.skip();
      }
      key = yield* reader.member(false);
    }
    const shape = documentFaults(raw, place);
    faults.add({ shape, values: [] });
    const doc = newDocument(raw["id"]);
    if (shape.length === 0) { for (const set of fields.values()) set(doc, faults); }
    for (const as of ["chunks", "matches"] as const) {
      const list = children[as];
      if (list === undefined || !Array.isArray(raw[as])) continue;
      faults.add(list.faults);
      adopt(doc, as, list.docs);
    }
    return doc;
  }

  /** Reads the value of a document's key; it is set when all of the document is read. */
  *#field(key: string, raw: RawObject, place: Place): Sliced<SetField> {
    const reader = this.#reader;
    const { size, slices } = this.#reading;
    const first = reader.bytes[reader.at];
    if (key === "blob" && first === QUOTE && reader.ends(SMALL_BYTES) < 0) {
      raw[key] = "";
      return yield* this.#blob();
    }
    if ((key === "tensor" || key === "embedding") && first === OPEN_LIST) {
      raw[key] = [];
      const array = yield* readNestedNumbers(reader, size);
      return (doc, faults) => setArray(doc, key, array, place, faults);
    }
    if ((key === "scores" || key === "evaluations") && first === OPEN_OBJECT) {
      const { scores, wrong } = yield* readLargeScores(reader, size);
      raw[key] = wrong;
      return (doc) => doc[key] = scores;
    }
    const value = yield* readLargeValue(reader, size);
    raw[key] = value;
    if (key === "tags") return (doc) => setTags(doc, value);
    return (doc, faults) =>
      setField(doc, key, value, place, faults, { size: COUNTED_ALREADY, slices });
  }

  *#blob(): Sliced<SetField> {
    const reader = this.#reader;
    const start = reader.at;
    const decoder = new Base64Decoder(yield* reader.quotedLength());
    yield* reader.pieces((piece) =>
      decoder.push(piece.escaped ? new TextEncoder().encode(pieceText(piece)) : piece.bytes)
    );
    const length = reader.at - start - 2;
    try {
      const bytes = decoder.finish();
      this.#reading.size.weigh(bytes.length);
      return (doc) => setBlobBytes(doc, bytes, length);
    } catch {
      return setCutBlob;
    }
  }
}

/** Sets a field that was read, or tells why it cannot be. */
type SetField = (doc: Document, faults: Faults) => void;

/** For values that were counted while they were read. */
const COUNTED_ALREADY = new RequestSize(NO_LIMITS);
