/** Jina's request and response envelopes, free of any protocol's encoding. */
import type { Document, JsonObject } from "./document.ts";

/** One request: `jina.DataRequestProto` as a client sends it. */
export interface DataRequest {
  /** 32 hex digits; made by the server if the client sent none. */
  requestId: string;
  /** `/`, `/encode`, `/encode/<model>`, `/rank`, … */
  execEndpoint: string;
  targetExecutor?: string;
  /** `header.timeout` of the request, as sent. */
  timeout?: number;
  parameters: JsonObject;
  docs: Document[];
  /** Protobuf fields of the envelope that this server does not know: written back as they came. */
  unknownFields?: Uint8Array[];
  /** The same, of `header`. */
  headerUnknownFields?: Uint8Array[];
  /** The same, of `data`. */
  contentUnknownFields?: Uint8Array[];
  /** The same, of `data.docs`. */
  arrayUnknownFields?: Uint8Array[];
  /** Stops before this server; clients send none, a Jina gateway in front of it does. */
  routes?: Route[];
}

/** `jina.StatusProto`. `code` 0 is success, 1 an error (jina >= 3.6). */
export interface Status {
  code: 0 | 1;
  description: string;
  exception?: StatusException;
}

/** `jina.StatusProto.ExceptionProto`: what was raised, where. */
export interface StatusException {
  name: string;
  args: string[];
  stacks: string[];
  executor: string;
}

/** One stop of a request on its way; times in milliseconds since the epoch, fractions allowed. */
export interface Route {
  executor: string;
  startTime: number;
  /** Absent when the stop was never reached. */
  endTime?: number;
  status?: Status;
}

/** The answer to a `DataRequest`: the same envelope with routes and status. */
export interface DataResponse extends DataRequest {
  routes: Route[];
  status?: Status;
}
