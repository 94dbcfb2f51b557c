/** Answers that are the same for everybody: made once, compressed once, validated by ETag. */
import { createHash } from "node:crypto";
import { promisify } from "node:util";
import { gzip } from "node:zlib";

const compress = promisify(gzip);

/** Smaller than this, gzip's answer saves no packet. */
const MIN_GZIP_BYTES = 1000;

/** How one is served. */
export interface StaticContentOptions {
  /** `Content-Type`. */
  type: string;
  /** `Cache-Control`. */
  cacheControl: string;
  /** Further headers. */
  headers?: Record<string, string>;
  /** False for what is compressed in itself, as images are. */
  compressible?: boolean;
}

/** What is kept of a content once it was asked for. */
interface Loaded {
  identity: Uint8Array;
  gzip: Uint8Array | undefined;
  hash: string;
}

/** A content that does not change while the server runs. */
export class StaticContent {
  readonly #load: () => Uint8Array | Promise<Uint8Array>;
  readonly #options: StaticContentOptions;
  #loaded: Promise<Loaded> | undefined;

  /** @param load gives the bytes; called at the first request, and again only if it failed. */
  constructor(load: () => Uint8Array | Promise<Uint8Array>, options: StaticContentOptions) {
    this.#load = load;
    this.#options = options;
  }

  /**
   * The answer to a GET or HEAD: 200, or 304 if the client has it already (RFC 9110, section 13).
   * @throws what `load` throws.
   */
  async respond(request: Request): Promise<Response> {
    const { identity, gzip, hash } = await this.#prepared();
    const body = gzip && acceptsGzip(request.headers.get("accept-encoding")) ? gzip : identity;
    const etag = `"${hash}${body === gzip ? "-gzip" : ""}"`;
    const { type, cacheControl, headers } = this.#options;
    const common = {
      ...headers,
      "cache-control": cacheControl,
      etag,
      vary: "accept-encoding",
    };
    if (isKnown(request.headers.get("if-none-match"), etag)) {
      return new Response(null, { status: 304, headers: common });
    }
    return new Response(body as BodyInit, {
      headers: {
        ...common,
        "content-type": type,
        "content-length": String(body.length),
        "x-content-type-options": "nosniff",
        ...(body === gzip ? { "content-encoding": "gzip" } : {}),
      },
    });
  }

  async #prepared(): Promise<Loaded> {
    const loading = this.#loaded ??= this.#prepare();
    try {
      return await loading;
    } catch (thrown) {
      if (this.#loaded === loading) this.#loaded = undefined;
      throw thrown;
    }
  }

  async #prepare(): Promise<Loaded> {
    const identity = await this.#load();
    const worthIt = this.#options.compressible !== false && identity.length >= MIN_GZIP_BYTES;
    return {
      identity,
      gzip: worthIt ? await compress(identity) : undefined,
      hash: createHash("sha256").update(identity).digest("base64url").slice(0, 22),
    };
  }
}

function acceptsGzip(header: string | null): boolean {
  if (header === null) return false;
  const codings = header.split(",").map((item) => item.trim().split(/\s*;\s*/));
  const found = codings.find(([name]) => /^(x-)?gzip$/i.test(name ?? ""));
  return found !== undefined && !found.some((part) => /^q=0(\.0*)?$/i.test(part));
}

/** Weak comparison: a proxy that compresses marks our tag as weak. */
function isKnown(header: string | null, etag: string): boolean {
  if (header === null) return false;
  return header.trim() === "*" ||
    header.split(",").some((tag) => tag.trim().replace(/^W\//, "") === etag);
}
