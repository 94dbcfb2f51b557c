/** Responses as JSON: HTTP's body and WebSocket's text frame. */
import { JsonBytes } from "../../../encoding/json_bytes.ts";
import { inSlices, type Sliced, type Slices } from "../../../encoding/slices.ts";
import { areLight, isLightValue } from "../document/lightness.ts";
import { writeLargeValue } from "./large_value.ts";
import { capacity, writeDocuments } from "./write_document.ts";
import { writeLargeDocuments } from "./write_large_document.ts";
import type { DataResponse, Route, Status } from "../document/request.ts";

/**
 * Whose keys the envelope has: HTTP's (camelCase, `null` where empty) or the WebSocket's
 * (snake_case, absent where empty). Documents are the same in both.
 */
export type JsonStyle = "http" | "websocket";

const ENVELOPE_BYTES = 2048;

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
