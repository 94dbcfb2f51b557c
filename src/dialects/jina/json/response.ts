/** Responses as JSON: HTTP's body and WebSocket's text frame. */
import type { Document, NamedScore } from "../document/document.ts";
import { JsonBytes } from "../../../encoding/json_bytes.ts";
import { inSlices, type Sliced, type Slices } from "../../../encoding/slices.ts";
import { keysOf } from "../document/large_object.ts";
import { areLight, isLightDocument, isLightValue } from "../document/lightness.ts";
import { writeLargeValue } from "./large_value.ts";
import { writeLargeNdArray, writeNdArray } from "./ndarray.ts";
import type { DataResponse, Route, Status } from "../document/request.ts";

/**
 * Whose keys the envelope has: HTTP's (camelCase, `null` where empty) or the WebSocket's
 * (snake_case, absent where empty). Documents are the same in both.
 */
export type JsonStyle = "http" | "websocket";

/** Bytes of a float32 in JSON, comma included, as they come on average, or a little more. */
const BYTES_PER_FLOAT = 14;
const ENVELOPE_BYTES = 2048;
const BYTES_PER_DOCUMENT = 512;

/**
 * Encodes a response, a large one in slices. No key is written that the client's strict parser does
 * not know; a document has every field, `null` where empty.
 *
 * @returns UTF-8.
 */
export function encodeResponseJson(
  response: DataResponse,
  style: JsonStyle = "http",
): Uint8Array | Promise<Uint8Array> {
  return inSlices((slices) => writeResponse(response, style, slices));
}

/** `encodeResponseJson` as work in slices. */
export function* writeResponse(
  response: DataResponse,
  style: JsonStyle,
  slices: Slices,
): Sliced<Uint8Array> {
  const json = new JsonBytes(ENVELOPE_BYTES + capacity(response.docs));
  const header = style === "http"
    ? {
      requestId: response.requestId,
      status: response.status === undefined ? null : statusJson(response.status),
      execEndpoint: response.execEndpoint,
      targetExecutor: "",
    }
    : {
      request_id: response.requestId,
      ...(response.status === undefined ? {} : { status: statusJson(response.status) }),
      exec_endpoint: response.execEndpoint,
      target_executor: "",
    };
  let text = `{"header":${JSON.stringify(header)},"parameters":`;
  if (isLightValue(response.parameters)) text += JSON.stringify(response.parameters);
  else {
    json.raw(text);
    yield* writeLargeValue(json, response.parameters, slices);
    text = "";
  }
  const routes = response.routes.map((route) => routeJson(route, style));
  json.raw(`${text},"routes":${JSON.stringify(routes)},"data":`);
  if (areLight(response.docs)) writeDocuments(json, response.docs, "}");
  else yield* writeLargeDocuments(json, response.docs, "}", slices);
  return yield* json.finish(slices);
}

/** A `StatusProto` as JSON: the answer of `/dry_run`. Absent means success. */
export function encodeStatusJson(status?: Status): string {
  return JSON.stringify(statusJson(status ?? { code: 0, description: "" }));
}

function statusJson(status: Status): Record<string, unknown> {
  return {
    code: status.code,
    description: status.description,
    exception: status.exception ?? null,
  };
}

function routeJson(route: Route, style: JsonStyle): Record<string, unknown> {
  const end = route.endTime;
  const status = route.status === undefined ? null : statusJson(route.status);
  if (style === "http") {
    return {
      executor: route.executor,
      startTime: `${timestamp(route.startTime)}+00:00`,
      endTime: end === undefined ? null : `${timestamp(end)}+00:00`,
      status,
    };
  }
  return {
    executor: route.executor,
    start_time: `${timestamp(route.startTime)}Z`,
    ...(end === undefined ? {} : { end_time: `${timestamp(end)}Z` }),
    ...(status === null ? {} : { status }),
  };
}

/** The last second that was written: every answer has four times, most of them of one second. */
let lastSecond = { second: -1, text: "" };

/** RFC 3339 in UTC to the microsecond, without the zone. */
function timestamp(milliseconds: number): string {
  const micros = Math.round(milliseconds * 1000);
  const second = Math.floor(micros / 1e6);
  if (second !== lastSecond.second) {
    lastSecond = { second, text: new Date(second * 1000).toISOString().slice(0, -4) };
  }
  return lastSecond.text + String(micros - second * 1e6).padStart(6, "0");
}

function capacity(docs: Document[]): number {
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
function writeDocuments(json: JsonBytes, docs: Document[], after: string): void {
  let before = "[";
  for (const doc of docs) {
    writeDocument(json, doc, before);
    before = ",";
  }
  json.raw(docs.length === 0 ? `[]${after}` : `]${after}`);
}

/** Pieces of text are joined before they are encoded: each encoding is a call into the runtime. */
function writeDocument(json: JsonBytes, doc: Document, before: string): void {
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

/** Units of work of a document that is written. */
const DOCUMENT_UNITS = 1000;

/** As `writeDocuments`, in slices. */
function* writeLargeDocuments(
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

/** An empty text is an empty field, as protobuf has it, through which the original's answers went. */
function scalar(value: string | number | number[] | undefined): string {
  return value === undefined || value === "" ? "null" : JSON.stringify(value);
}

/** An empty object is an empty field. */
function filled(value: Record<string, unknown> | undefined): string {
  return value === undefined || isEmpty(value) ? "null" : JSON.stringify(value);
}

function isEmpty(value: Record<string, unknown>): boolean {
  for (const _ in value) return false;
  return true;
}

function scores(value: Record<string, NamedScore> | undefined): string {
  if (value === undefined) return "null";
  const items = Object.entries(value).map(([name, score]) => scoreJson(name, score));
  return items.length === 0 ? "null" : `{${items.join(",")}}`;
}

function scoreJson(name: string, score: NamedScore): string {
  return `${JSON.stringify(name)}:{"value":${scalar(score.value)}` +
    `,"op_name":${scalar(score.opName)},"description":${scalar(score.description)}` +
    `,"ref_id":${scalar(score.refId)}}`;
}
