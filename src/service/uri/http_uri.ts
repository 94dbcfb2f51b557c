/**
 * Fetches `http:` and `https:` URIs on a client's word, with its hands tied: the address is checked
 * when it has been resolved and is the one connected to (no second look-up in between), on every
 * redirect again; bytes, time and redirects are limited.
 */
import { lookup as resolve } from "node:dns";
import { type IncomingMessage, request as httpRequest } from "node:http";
import { request as httpsRequest } from "node:https";
import type { LookupFunction } from "node:net";
import { ClipError } from "../../errors.ts";
import { literalAddress, refuseAddress } from "./address_guard.ts";

/** What a fetch may do. */
export interface FetchLimits {
  /** Lets private, loopback and link-local addresses be reached. */
  allowPrivate: boolean;
  maxBytes: number;
  maxRedirects: number;
}

/**
 * The body behind a URL.
 * @param signal ends the fetch; its reason is thrown.
 * @throws {ClipError} "document" with the reason.
 */
export async function fetchHttp(
  uri: string,
  limits: FetchLimits,
  signal: AbortSignal,
): Promise<Uint8Array> {
  let url = parseUrl(uri);
  for (let hop = 0; hop <= limits.maxRedirects; hop++) {
    const response = await open(url, limits, signal);
    const status = response.statusCode ?? 0;
    const location = response.headers.location;
    if (status >= 300 && status < 400 && location !== undefined) {
      response.destroy();
      url = parseUrl(location, url);
      continue;
    }
    if (status < 200 || status >= 300) {
      response.destroy();
      throw failure(url, `the server answered ${status}`);
    }
    return await readBody(url, response, limits.maxBytes, signal);
  }
  throw failure(url, `more than ${limits.maxRedirects} redirects`);
}

function parseUrl(uri: string, base?: URL): URL {
  let url: URL;
  try {
    url = new URL(uri, base);
  } catch {
    throw new ClipError("document", `'${shorten(uri)}' is not a URL`, { name: "ValueError" });
  }
  if (url.protocol !== "http:" && url.protocol !== "https:") {
    throw failure(url, `the scheme '${url.protocol}' is not fetched`);
  }
  return url;
}

function open(url: URL, limits: FetchLimits, signal: AbortSignal): Promise<IncomingMessage> {
  const literal = literalAddress(url.hostname);
  const refused = literal !== undefined && !limits.allowPrivate && refuseAddress(literal);
  if (refused) return Promise.reject(forbidden(url, refused));
  return new Promise((done, fail) => {
    const request = url.protocol === "https:" ? httpsRequest : httpRequest;
    const sent = request(url, {
      agent: false,
      headers: {
        "user-agent": "clipline",
        "accept": "image/*,*/*;q=0.1",
        "accept-encoding": "identity",
      },
      lookup: guardedLookup(url, limits.allowPrivate),
      signal,
    }, done);
    sent.on("error", (error) => fail(explain(url, error, signal)));
    sent.end();
  });
}

/** Resolves a name and gives back only addresses that may be connected to. */
function guardedLookup(url: URL, allowPrivate: boolean): LookupFunction {
  return (hostname, options, callback) => {
    resolve(hostname, { ...options, all: true }, (error, addresses) => {
      if (error) return callback(error, "", 0);
      const refused = addresses.map(({ address }) => refuseAddress(address));
      // One bad address among good ones is refused too: a client who owns the name chose them all.
      const reason = refused.find((text) => text !== undefined);
      if (reason !== undefined && !allowPrivate) return callback(forbidden(url, reason), "", 0);
      if (options.all) return callback(null, addresses);
      const first = addresses[0];
      if (!first) return callback(failure(url, "the name has no address"), "", 0);
      callback(null, first.address, first.family);
    });
  };
}

async function readBody(
  url: URL,
  response: IncomingMessage,
  maxBytes: number,
  signal: AbortSignal,
): Promise<Uint8Array> {
  const tooLarge = () => failure(url, `it is larger than ${maxBytes} bytes ('uri_max_bytes')`);
  const declared = Number(response.headers["content-length"] ?? 0);
  if (declared > maxBytes) {
    response.destroy();
    throw tooLarge();
  }
  const chunks: Uint8Array[] = [];
  let length = 0;
  try {
    for await (const chunk of response as AsyncIterable<Uint8Array>) {
      length += chunk.length;
      if (length > maxBytes) throw tooLarge();
      chunks.push(chunk);
    }
  } catch (thrown) {
    throw explain(url, thrown, signal);
  } finally {
    response.destroy();
  }
  if (!response.complete) throw failure(url, "the connection broke before the end");
  const body = new Uint8Array(length);
  let offset = 0;
  for (const chunk of chunks) {
    body.set(chunk, offset);
    offset += chunk.length;
  }
  return body;
}

function explain(url: URL, thrown: unknown, signal: AbortSignal): ClipError {
  if (thrown instanceof ClipError) return thrown;
  if (signal.aborted) return ClipError.wrap(signal.reason, "cancelled");
  const error = thrown as Error & { code?: string };
  const reasons: Record<string, string> = {
    ENOTFOUND: "the name cannot be resolved",
    EAI_AGAIN: "the name cannot be resolved at present",
    ECONNREFUSED: "the connection was refused",
    ECONNRESET: "the connection broke",
    ETIMEDOUT: "the connection timed out",
  };
  return failure(url, reasons[error.code ?? ""] ?? error.message);
}

function forbidden(url: URL, reason: string): ClipError {
  return failure(url, `${reason}; 'allow_private_uris: true' in the flow permits it`);
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
