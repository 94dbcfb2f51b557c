/**
 * One GET as downloads need it: redirects followed by hand, so that a token never leaves its host
 * and the hub's own headers are seen, and every refusal turned into a sentence.
 */

/** A request that was answered with a body. */
export interface OpenedResponse {
  response: Response;
  /** The hub's sha256 of a big file, from the answer before the redirect to its storage. */
  linkedSha256?: string;
  /** The hub's size of a big file in bytes. */
  linkedSize?: number;
}

/** What to ask for. */
export interface OpenRequest {
  url: string;
  headers: Record<string, string>;
  /** Goes to the request's own origin only. */
  token?: string;
  signal: AbortSignal;
}

/** A failure that another try may cure: a lost connection, a busy server. */
export class TransientError extends Error {
  /** What the server asked for in `Retry-After`, in milliseconds. */
  readonly retryAfterMs: number | undefined;
  /** No connection was made at all. */
  readonly unreachable: boolean;

  constructor(
    message: string,
    options: { retryAfterMs?: number; unreachable?: boolean; cause?: unknown } = {},
  ) {
    super(message, { cause: options.cause });
    this.retryAfterMs = options.retryAfterMs;
    this.unreachable = options.unreachable ?? false;
  }
}

/** A refusal that no other try cures: this source is given up. */
export class RefusedError extends Error {
  /** The HTTP status, where there was one. */
  readonly status: number | undefined;
  /** No connection was made at all: other files of that host need not be asked for. */
  readonly unreachable: boolean;

  constructor(message: string, status?: number, options: { unreachable?: boolean } = {}) {
    super(message);
    this.status = status;
    this.unreachable = options.unreachable ?? false;
  }
}

const MAX_REDIRECTS = 10;
const REDIRECTS = new Set([301, 302, 303, 307, 308]);
const TRANSIENT = new Set([408, 425, 429, 500, 502, 503, 504]);

/**
 * Opens an address. The caller gets 200, 206 and 416 answers; the rest is thrown.
 *
 * Deno's `fetch` reads `HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY` and `NO_PROXY` itself.
 *
 * @throws {TransientError} when another try may help.
 * @throws {RefusedError} when it does not.
 */
export async function openUrl(request: OpenRequest): Promise<OpenedResponse> {
  const origin = new URL(request.url).origin;
  let url = request.url;
  let linked: Omit<OpenedResponse, "response"> = {};
  for (let hop = 0; hop <= MAX_REDIRECTS; hop++) {
    const headers = new Headers(request.headers);
    // Compression would make offsets and lengths those of the compressed bytes.
    headers.set("accept-encoding", "identity");
    if (request.token !== undefined && new URL(url).origin === origin) {
      headers.set("authorization", `Bearer ${request.token}`);
    }
    const response = await send(url, headers, request.signal);
    linked = { ...linked, ...linkedFile(response.headers) };
    if (!REDIRECTS.has(response.status)) {
      await refuse(response, url);
      return { response, ...linked };
    }
    await response.body?.cancel();
    url = redirectTarget(response, url);
  }
  throw new RefusedError(`redirected more than ${MAX_REDIRECTS} times`);
}

async function send(url: string, headers: Headers, signal: AbortSignal): Promise<Response> {
  try {
    return await fetch(url, { headers, signal, redirect: "manual" });
  } catch (error) {
    if (signal.aborted) throw signal.reason;
    const unreachable = /client error \(Connect\)/i.test(fullText(error));
    throw new TransientError(connectionTrouble(error), { unreachable, cause: error });
  }
}

function redirectTarget(response: Response, from: string): string {
  const location = response.headers.get("location");
  if (location === null || !URL.canParse(location, from)) {
    throw new RefusedError(`answered ${response.status} without an address to go to`);
  }
  const target = new URL(location, from);
  if (target.protocol !== "https:" && target.protocol !== new URL(from).protocol) {
    throw new RefusedError(`redirects from an encrypted address to "${target.origin}"`);
  }
  return target.href;
}

/** The hub's word on a file in its big-file storage. */
function linkedFile(headers: Headers): Omit<OpenedResponse, "response"> {
  const etag = headers.get("x-linked-etag")?.replaceAll(/^W\/|"/g, "").toLowerCase();
  const size = Number(headers.get("x-linked-size") ?? "");
  return {
    ...(etag !== undefined && /^[0-9a-f]{64}$/.test(etag) ? { linkedSha256: etag } : {}),
    ...(Number.isSafeInteger(size) && size > 0 ? { linkedSize: size } : {}),
  };
}

async function refuse(response: Response, url: string): Promise<void> {
  const { status } = response;
  if (status === 416) return;
  if (status === 200 || status === 206) {
    const type = response.headers.get("content-type") ?? "";
    if (!/^\s*(text\/html|application\/xhtml)/i.test(type)) return;
    await response.body?.cancel();
    throw new RefusedError(
      "answered a web page instead of the file: a login page, or a proxy's message?",
      status,
    );
  }
  await response.body?.cancel();
  const host = new URL(url).host;
  if (TRANSIENT.has(status)) {
    const retryAfterMs = parseRetryAfter(response.headers.get("retry-after"), Date.now());
    throw new TransientError(
      status === 429
        ? `${host} asks for fewer requests (429)`
        : `${host} answered ${status} ${response.statusText}`.trim(),
      retryAfterMs === undefined ? {} : { retryAfterMs },
    );
  }
  throw new RefusedError(refusalText(host, status, response.statusText), status);
}

function refusalText(host: string, status: number, text: string): string {
  switch (status) {
    case 401:
    case 403:
      return `${host} refuses access (${status}): a private or gated file needs HF_TOKEN, ` +
        "a proxy may need to allow the host";
    case 404:
    case 410:
      return `${host} does not have the file (${status})`;
    case 407:
      return "the proxy wants a user name and password: put them into HTTP_PROXY";
    default:
      return `${host} answered ${status} ${text}`.trim();
  }
}

/** The milliseconds that a `Retry-After` header asks for (RFC 9110, 10.2.3). */
export function parseRetryAfter(value: string | null, now: number): number | undefined {
  if (value === null) return undefined;
  if (/^\s*\d+\s*$/.test(value)) return Number(value) * 1000;
  const date = Date.parse(value);
  return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}

/** What went wrong below HTTP, without the address that the caller names anyway. */
export function connectionTrouble(error: unknown): string {
  const text = fullText(error);
  const known: [RegExp, string][] = [
    [/dns error|failed to lookup/i, "the host's name cannot be resolved"],
    [/connection refused/i, "connection refused"],
    [/network is unreachable|no route to host/i, "the network cannot be reached"],
    [/unknownissuer|invalid peer certificate|certificate/i, "the certificate is not trusted"],
    [
      /proxy authentication required/i,
      "the proxy wants a user name and password: put them into HTTPS_PROXY",
    ],
    [/tunnel/i, "the proxy did not open a tunnel"],
    [/timed? ?out/i, "timed out"],
    [
      /end of file|eof|incomplete|connection (closed|reset)|reset by peer|body from connection/i,
      "the connection was lost",
    ],
  ];
  return known.find(([pattern]) => pattern.test(text))?.[1] ?? text;
}

/** An error's message with those of its causes: Deno keeps the interesting one in the cause. */
function fullText(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause === undefined ? error.message : `${error.message}: ${fullText(error.cause)}`;
}
