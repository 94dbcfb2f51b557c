/**
 * HTTP between transports and dialects: what a route is given and what it answers, without a socket
 * and without the web's `Request` and `Response`, which cost more than small requests themselves.
 */
import type { ClipError } from "../errors.ts";
import type { Outcome, RequestWatch } from "../telemetry/request_observer.ts";

/** A request, but for its body. */
export interface HttpHead {
  /** As sent: the methods of HTTP are in capitals. */
  readonly method: string;
  /** As sent, percent-encoded; begins with a slash and has no query. */
  readonly path: string;
  /** With its question mark; empty if there is none. */
  readonly query: string;
  /** A header's value by its name in small letters; several of one name joined by `, `. */
  header(name: string): string | undefined;
  /** Fires when the client has gone. */
  readonly signal: AbortSignal;
}

/** A request that was let in, with all of its body. */
export interface HttpCall extends HttpHead {
  /** Unpacked. Nobody else keeps it; it may be a view into a larger buffer. */
  readonly body: Uint8Array;
  /** Wants to hear how many bytes of heap the decoded body takes beyond its own; may throw. */
  readonly grow?: (bytes: number) => void;
  /** Wants to hear what was read; the transport tells it the end. */
  readonly watch: RequestWatch;
  /** What a client may know of a failure. What is the server's own goes into the log. */
  explain(thrown: unknown): ClipError;
}

/** An answer, written at once. */
export interface HttpAnswer {
  status: number;
  /** Names in small letters. `content-length` is the transport's. */
  headers: Record<string, string>;
  /** `null` for none. Not to be changed afterwards. */
  body: Uint8Array | null;
  /** How the request ended, of a route that takes a body; by default "ok". */
  outcome?: Outcome;
}

/** A route that is answered from what is known, at any time and at once. */
export interface InfoRoute {
  kind: "info";
  method: string;
  /** A path, or one that ends in `/*`, which stands for all below that has no route of its own. */
  path: string;
  /** Needs no API key: it tells nothing but that the server lives, or what every copy of it has. */
  open?: true;
  respond(head: HttpHead): HttpAnswer | Promise<HttpAnswer>;
}

/** A route with work behind it: admission, bounds and the reading of the body come before it. */
export interface DataRoute {
  kind: "data";
  method: string;
  /** As of an `InfoRoute`. */
  path: string;
  /** As of an `InfoRoute`. */
  open?: true;
  /** Media types of bodies that are read, others are refused; absent takes all. */
  accepts?: readonly string[];
  /**
   * Whether a request is for this route; all are by default. It is asked where several dialects have
   * the path and method: the first that says so serves, the last of them what none wants.
   */
  takes?(call: HttpCall): boolean | Promise<boolean>;
  /** May throw: the dialect's `refuse` writes the answer then. */
  serve(call: HttpCall): Promise<HttpAnswer>;
}

/** One path and method of a dialect. */
export type HttpRoute = InfoRoute | DataRoute;

/** What an HTTP port needs of those whose routes it serves. */
export interface HttpRoutes {
  readonly routes: readonly HttpRoute[];
  /** The answer to a request of theirs that failed before their route, or inside it. */
  refuse(error: ClipError, head: HttpHead): HttpAnswer;
}

/** Whole seconds that a refused client is asked to wait, for `Retry-After`. */
export function retryAfterS({ retryAfterMs = 0 }: ClipError): number {
  return Math.max(1, Math.ceil(retryAfterMs / 1000));
}

const JSON_TYPE = "application/json";
const ENCODER = new TextEncoder();

/** An answer of JSON. */
export function json(
  value: unknown,
  status = 200,
  headers: Record<string, string> = {},
): HttpAnswer {
  return jsonBytes(ENCODER.encode(JSON.stringify(value)), status, headers);
}

/** An answer of JSON that is written already. */
export function jsonBytes(
  body: Uint8Array,
  status = 200,
  headers: Record<string, string> = {},
): HttpAnswer {
  return { status, headers: { "content-type": JSON_TYPE, ...headers }, body };
}

/** An answer without a body. */
export function empty(status: number, headers: Record<string, string> = {}): HttpAnswer {
  return { status, headers, body: null };
}

/** `vary` with one name more. */
export function addVary({ headers }: HttpAnswer, name: string | undefined): { vary?: string } {
  if (name === undefined) return {};
  return { vary: headers["vary"] === undefined ? name : `${headers["vary"]}, ${name}` };
}
