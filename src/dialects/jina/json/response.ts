/** Responses as JSON: HTTP's body and WebSocket's text frame. */
import type { Document, NamedScore } from "../document/document.ts";
import { JsonBytes } from "../../../encoding/json_bytes.ts";
import { writeNdArray } from "./ndarray.ts";
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
 * Encodes a response. No key is written that the client's strict parser does not know; a document
 * has every field, `null` where empty.
 *
 * @returns UTF-8.
 */
export function encodeResponseJson(response: DataResponse, style: JsonStyle = "http"): Uint8Array {
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
  const routes = response.routes.map((route) => routeJson(route, style));
  json.raw(
    `{"header":${JSON.stringify(header)},"parameters":${JSON.stringify(response.parameters)},` +
      `"routes":${JSON.stringify(routes)},"data":`,
  );
  writeDocuments(json, response.docs, "}");
  return json.finish();
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

/** An empty text is an empty field, as protobuf has it, through which the original's answers went. */
function scalar(value: string | number | number[] | undefined): string {
  return value === undefined || value === "" ? "null" : JSON.stringify(value);
}

/** An empty object is an empty field. */
function filled(value: Record<string, unknown> | undefined): string {
  if (value === undefined) return "null";
  for (const _ in value) return JSON.stringify(value);
  return "null";
}

function scores(value: Record<string, NamedScore> | undefined): string {
  if (value === undefined) return "null";
  const items = Object.entries(value).map(([name, score]) =>
    `${JSON.stringify(name)}:{"value":${scalar(score.value)},"op_name":${scalar(score.opName)}` +
    `,"description":${scalar(score.description)},"ref_id":${scalar(score.refId)}}`
  );
  return items.length === 0 ? "null" : `{${items.join(",")}}`;
}
