/** What a protocol does for the client, whatever it is. */
import type { DataRequest, DataResponse } from "../../src/dialects/jina/document/request.ts";

import type { TraceContext } from "../trace_context.ts";

/** A way to a server. */
export interface Transport {
  /**
   * Begins a piece of work: a call of the client's, with any number of requests. Nothing is
   * connected before the first request.
   */
  open(options: SessionOptions): Session;
  /** Ends what is open. */
  close(): void;
}

/** What holds for all requests of a session. */
export interface SessionOptions {
  /** How many of its requests are on their way at one time, at most. */
  prefetch: number;
  /** The trace that they belong to. */
  trace: TraceContext | undefined;
}

/** Requests that belong together. */
export interface Session {
  /**
   * Sends a request and waits for its answer; there may be several at a time. The answer may tell
   * of a failure in its `status`. After a broken connection the next request opens another one.
   * @throws {ClipClientError} there is no answer; the signal's reason.
   */
  send(request: DataRequest, options: SendOptions): Promise<DataResponse>;
  /** No more requests come; those on their way are given up. */
  close(): void;
}

/** How one request is sent. */
export interface SendOptions {
  /** Gives it up. */
  signal: AbortSignal;
  /** Whether it may arrive twice. */
  safe: boolean;
  /** The same as its session's. */
  trace: TraceContext | undefined;
  onExchange?: ((exchange: HttpExchange) => void) | undefined;
}

/** A request over HTTP and its answer, as they went over the wire. */
export interface HttpExchange {
  url: string;
  /** The JSON that was sent, before it was packed. */
  sent: string;
  /** The answer's status. */
  status: number;
  /** The answer's body, unpacked. */
  received: string;
  /** From sending to the last byte, milliseconds. */
  ms: number;
}

/** How the server is reached. */
export interface ConnectOptions {
  /** Where: scheme, host, port, and for HTTP a path. */
  url: URL;
  /** What is sent as `authorization`; undefined for nothing. */
  authorization: string | undefined;
  /** Further headers (metadata in gRPC); browsers send none with a WebSocket. */
  headers: Readonly<Record<string, string>>;
  tls: TlsOptions | undefined;
  /** Pack requests with gzip. */
  compress: boolean;
}

/** Certificates, PEM; in Deno and Node only. */
export interface TlsOptions {
  /** Of the authorities that the server's certificate may come from, instead of the system's. */
  ca?: string;
  /** The client's own certificate, and its key, for servers that ask for one. */
  cert?: string;
  key?: string;
}
