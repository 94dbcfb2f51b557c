/** Answers that are the same for everybody: made once, compressed once, validated by ETag. */
import { createHash } from "node:crypto";
import { promisify } from "node:util";
import { gzip } from "node:zlib";
import { chooseCoding } from "../encoding/accept_encoding.ts";
import { empty, type HttpAnswer, type HttpHead } from "../exchange/http.ts";

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
  async respond(head: HttpHead): Promise<HttpAnswer> {
    const { identity, gzip, hash } = await this.#prepared();
    const coding = gzip && chooseCoding(head.header("accept-encoding"), ["gzip"]);
    const body = coding ? gzip : identity;
    const etag = `"${hash}${body === gzip ? "-gzip" : ""}"`;
    const { type, cacheControl, headers } = this.#options;
    const common = {
      ...headers,
      "cache-control": cacheControl,
      etag,
      vary: "accept-encoding",
    };
    if (isKnown(head.header("if-none-match"), etag)) return empty(304, common);
    return {
      status: 200,
      headers: {
        ...common,
        "content-type": type,
        "x-content-type-options": "nosniff",
        ...(coding ? { "content-encoding": coding } : {}),
      },
      body,
    };
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

/** Weak comparison: a proxy that compresses marks our tag as weak. */
function isKnown(header: string | undefined, etag: string): boolean {
  if (header === undefined) return false;
  return header.trim() === "*" ||
    header.split(",").some((tag) => tag.trim().replace(/^W\//, "") === etag);
}
