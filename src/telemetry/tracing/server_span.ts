/**
 * The span of a request itself, by OpenTelemetry's conventions for servers of HTTP and RPC
 * (@opentelemetry/semantic-conventions@1.45); of WebSockets there are none. What is ours has names
 * that begin with `clipline.`.
 */
import type { Attributes } from "@opentelemetry/api";
import type { ErrorKind } from "../../errors.ts";
import type { Caller, Outcome, Protocol } from "../request_observer.ts";
import { EndpointLabels } from "../endpoint_label.ts";
import type { RequestRecord } from "./request_record.ts";
import { RPC_STATUS } from "../../rpc_status.ts";
import { CLIENTS_OWN } from "./clients_own.ts";

/** Longest of what clients chose. */
const MAX_TEXT = 200;

/** HTTP statuses from here on are the server's. */
const SERVER_ERROR = 500;

const ENDPOINTS = new EndpointLabels();

/** What is known of a request once it has been read. */
export interface ReadRequest {
  /** When, milliseconds of `performance.now()`. */
  at: number;
  endpoint: string;
  documents: number;
  bytes: number;
}

/** How a request went. */
export interface EndedRequest {
  /** When it was there, and when its answer was: milliseconds of `performance.now()`. */
  began: number;
  ended: number;
  /** From those to milliseconds since 1970. */
  offset: number;
  protocol: Protocol;
  /** Undefined if it was refused before. */
  read: ReadRequest | undefined;
  outcome: Outcome;
  /** Bytes of the answer. */
  bytes: number;
  /** Of HTTP. */
  status: number | undefined;
}

/** Few names, whatever clients send: `POST /encode`, `jina.JinaRPC/Call`, `websocket /`. */
export function spanName(protocol: Protocol, caller: Caller | undefined): string {
  if (protocol === "grpc") return caller?.path?.slice(1, MAX_TEXT) || "grpc";
  const route = caller?.route ?? "";
  if (protocol === "websocket") return `websocket ${route}`.trimEnd();
  return `${caller?.method ?? "HTTP"} ${route}`.trimEnd();
}

/** What is known of a request when it arrives. */
export function arrivalAttributes(protocol: Protocol, caller: Caller | undefined): Attributes {
  const { peer, key, path, method, route } = caller ?? {};
  const common: Attributes = { "clipline.protocol": protocol };
  const client = peer?.host ?? peer?.address;
  if (client) common["client.address"] = client;
  if (key !== undefined) common["clipline.key"] = key;
  if (protocol === "grpc") {
    common["rpc.system.name"] = "grpc";
    if (path) common["rpc.method"] = path.slice(1, MAX_TEXT);
    return common;
  }
  if (protocol === "websocket") common["network.protocol.name"] = "websocket";
  if (method !== undefined) common["http.request.method"] = method;
  if (route !== undefined) common["http.route"] = route;
  if (path !== undefined) common["url.path"] = path.slice(0, MAX_TEXT);
  return common;
}

/** Adds what has become known when it ends. */
export function addEndAttributes(
  attributes: Attributes,
  record: RequestRecord,
  { protocol, read, outcome, bytes, status }: EndedRequest,
): void {
  const failed = refusalOf(outcome);
  attributes["clipline.outcome"] = outcome;
  if (read !== undefined) {
    attributes["clipline.endpoint"] = ENDPOINTS.of(read.endpoint);
    attributes["clipline.documents"] = read.documents;
    attributes["clipline.request.bytes"] = read.bytes;
  }
  attributes["clipline.response.bytes"] = bytes;
  const { text, image, uri } = record.items;
  if (text > 0) attributes["clipline.items.text"] = text;
  if (image > 0) attributes["clipline.items.image"] = image;
  if (uri > 0) attributes["clipline.items.uri"] = uri;
  if (record.cached > 0) attributes["clipline.cache.hits"] = record.cached;
  if (record.missed > 0) attributes["clipline.cache.misses"] = record.missed;
  if (record.joined > 0) attributes["clipline.items.joined"] = record.joined;
  if (record.failed > 0) attributes["clipline.items.failed"] = record.failed;
  if (status !== undefined) attributes["http.response.status_code"] = status;
  // A stream's answer may tell of a failure, and the call goes on.
  if (protocol === "grpc") {
    attributes["rpc.response.status_code"] = failed ? RPC_STATUS[failed] : "OK";
  }
  if (failed !== undefined) attributes["error.type"] = failed;
  else if (outcome === "failed") attributes["error.type"] = "document";
}

/** What its status says; undefined: the server is not to blame. */
export function faultOf({ outcome, status }: EndedRequest): string | undefined {
  const failed = refusalOf(outcome);
  const ours = failed !== undefined && !CLIENTS_OWN.has(failed);
  return ours || (status !== undefined && status >= SERVER_ERROR) ? outcome : undefined;
}

function refusalOf(outcome: Outcome): ErrorKind | undefined {
  return outcome === "ok" || outcome === "failed" ? undefined : outcome;
}
