/**
 * Fetches `http:` and `https:` URIs on a client's word, with its hands tied: the address is checked
 * when it has been resolved and is the one connected to (no second look-up in between), on every
 * redirect again; bytes, time and redirects are limited.
 *
 * The HTTP is our own, over plain sockets, and as little as is needed: node:http waits for ever on
 * an answer of 101, and reads interim answers without end (Deno 2.9.6).
 */
import { ClipError } from "../../errors.ts";
import { literalAddress, refuseAddress } from "./address_guard.ts";
import { HostLookup } from "./host_lookup.ts";
import { type HttpHead, ResponseError } from "./http_head.ts";
import { ResponseReader } from "./http_response.ts";
import { connect, type Connection } from "./tcp_connection.ts";

/** What a fetch may do. */
export interface FetchLimits {
  /** Lets private, loopback and link-local addresses be reached. */
  allowPrivate: boolean;
  maxBytes: number;
  maxRedirects: number;
  /** Told to every server that is asked. */
  traceparent?: string | undefined;
}

/** Longer URLs are not fetched: servers do not take them. */
const MAX_URL_LENGTH = 16 * 1024;

/** One for the process, whose threads it spares. */
const LOOKUP = new HostLookup();

/**
 * The body behind a URL.
 * @param url as `parseHttpUrl` gives it.
 * @param signal ends the fetch at any point of it; its reason is thrown.
 * @throws {ClipError} "document" with the reason.
 */
export async function fetchHttp(
  url: URL,
  limits: FetchLimits,
  signal: AbortSignal,
): Promise<Uint8Array> {
  let next = url;
  for (let hop = 0; hop <= limits.maxRedirects; hop++) {
    const answer = await request(next, limits, signal);
    if (answer instanceof Uint8Array) return answer;
    next = parseHttpUrl(answer.location, next);
  }
  throw failure(next, `more than ${limits.maxRedirects} redirects`);
}

/**
 * A URL that is fetched over HTTP.
 * @throws {ClipError} "document" if it is none.
 */
export function parseHttpUrl(uri: string, base?: URL): URL {
  const url = uri.length > MAX_URL_LENGTH ? null : URL.parse(uri, base);
  if (url === null || url.href.length > MAX_URL_LENGTH) {
    const why = uri.length > MAX_URL_LENGTH ? `: it has ${uri.length} characters` : "";
    throw new ClipError("document", `'${shorten(uri)}' is not a URL${why}`, { name: "ValueError" });
  }
  if (url.protocol !== "http:" && url.protocol !== "https:") {
    throw failure(url, `the scheme '${url.protocol}' is not fetched`);
  }
  return url;
}

/** One request: its body, or where the server says that it is. */
async function request(
  url: URL,
  limits: FetchLimits,
  signal: AbortSignal,
): Promise<Uint8Array | { location: string }> {
  let conn: Connection | undefined;
  try {
    const addresses = await allowedAddresses(url, limits.allowPrivate, signal);
    const tls = url.protocol === "https:";
    const port = Number(url.port || (tls ? 443 : 80));
    conn = await connect(addresses, { hostname: bareHost(url), port, tls }, signal);
    conn.send(new TextEncoder().encode(requestHead(url, limits.traceparent)));
    const reader = new ResponseReader(conn);
    const head = await reader.head();
    const location = redirect(head);
    if (location !== undefined) return { location };
    if (head.status < 200 || head.status >= 300) {
      throw failure(url, `the server answered ${head.status}`);
    }
    return await reader.body(head, limits.maxBytes);
  } catch (thrown) {
    throw explain(url, thrown, signal);
  } finally {
    conn?.close();
  }
}

function redirect({ status, location }: HttpHead): string | undefined {
  return status >= 300 && status < 400 ? location : undefined;
}

/** Resolves the host, unless it is an address, and gives back only what may be connected to. */
async function allowedAddresses(
  url: URL,
  allowPrivate: boolean,
  signal: AbortSignal,
): Promise<string[]> {
  const literal = literalAddress(url.hostname);
  const addresses = literal === undefined
    ? await LOOKUP.addresses(url.hostname, signal)
    : [literal];
  // One bad address among good ones is refused too: a client who owns the name chose them all.
  const reason = addresses.map(refuseAddress).find((text) => text !== undefined);
  if (reason === undefined || allowPrivate) return addresses;
  throw failure(url, `${reason}; 'allow_private_uris: true' in the flow permits it`);
}

function requestHead(url: URL, traceparent: string | undefined): string {
  const lines = [
    `GET ${url.pathname}${url.search} HTTP/1.1`,
    `Host: ${url.host}`,
    "User-Agent: clipline",
    "Accept: image/*,*/*;q=0.1",
    "Accept-Encoding: identity",
    "Connection: close",
  ];
  if (url.username !== "" || url.password !== "") {
    lines.push(`Authorization: Basic ${credentials(url)}`);
  }
  if (traceparent !== undefined) lines.push(`traceparent: ${traceparent}`);
  return lines.join("\r\n") + "\r\n\r\n";
}

function credentials({ username, password }: URL): string {
  const decoded = [username, password].map((part) => {
    try {
      return decodeURIComponent(part);
    } catch {
      return part;
    }
  });
  return new TextEncoder().encode(decoded.join(":")).toBase64();
}

/** The name for the certificate: without brackets, and without the dot of a full name. */
function bareHost(url: URL): string {
  return literalAddress(url.hostname) ?? url.hostname.replace(/\.$/, "");
}

const REASONS: Record<string, string> = {
  ENOTFOUND: "the name cannot be resolved",
  EAI_AGAIN: "the name cannot be resolved at present",
  ECONNREFUSED: "the connection was refused",
  ECONNRESET: "the connection broke",
  EPIPE: "the connection broke",
  ETIMEDOUT: "the connection timed out",
  ERR_STREAM_PREMATURE_CLOSE: "the connection broke before the end",
};

function explain(url: URL, thrown: unknown, signal: AbortSignal): ClipError {
  if (thrown instanceof ClipError) return thrown;
  if (signal.aborted) return ClipError.wrap(signal.reason, "cancelled");
  if (thrown instanceof ResponseError) return failure(url, thrown.message);
  const error = thrown as Error & { code?: string };
  return failure(url, REASONS[error.code ?? ""] ?? error.message);
}

function failure(url: URL, reason: string): ClipError {
  // Credentials and queries may hold secrets: neither belongs into an answer or a log.
  const shown = `${url.protocol}//${url.host}${url.pathname}`;
  return new ClipError("document", `Cannot fetch ${shorten(shown)}: ${reason}`, {
    name: "URLError",
  });
}

function shorten(text: string): string {
  return text.length > 120 ? `${text.slice(0, 117)}...` : text;
}
