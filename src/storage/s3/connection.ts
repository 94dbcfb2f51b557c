/** Requests to one bucket: signed, limited in time, tried again where that may help. */
import { AwsV4Signer } from "aws4fetch";
import { setTimeout as sleep } from "node:timers/promises";
import { ClipError } from "../../errors.ts";
import { withDeadline } from "../../deadline.ts";
import type { CredentialCache, FoundCredentials } from "../aws/credentials.ts";
import type { StoreSettings } from "../aws/settings.ts";
import type { StoreError } from "../object_store.ts";
import { type Bearing, Bearings } from "./bearings.ts";
import { isExpired, isPassing, readRefusal, type Refusal } from "./refusal.ts";
import { type Asked, refusedError, unreachableError } from "./words.ts";

/** A request. */
export interface S3Request {
  method: "GET" | "HEAD" | "PUT" | "POST" | "DELETE";
  /** What fails if it fails, for people: `Cannot read`. */
  what: string;
  key: string;
  /** The key in messages, where it is another: the prefix of a listing. */
  shown?: string;
  query?: Readonly<Record<string, string>>;
  headers?: Readonly<Record<string, string>>;
  body?: Uint8Array<ArrayBuffer>;
  signal?: AbortSignal | undefined;
}

/** An answer that is none of the good ones. */
export interface Refused {
  refusal: Refusal;
  /** Tries that came before this answer, of which nobody knows what became. */
  tries: number;
  error: StoreError;
}

/** What waiting and trying again goes by; tests have less of it. */
export interface Patience {
  /** Tries in a row that bring nothing. */
  tries: number;
  firstDelayMs: number;
  mostDelayMs: number;
  /** Until an answer begins; a body that is sent has more time, by its length. */
  answerMs: number;
  /** Between two pieces of an answer. */
  stallMs: number;
}

/** Half a minute in all before a store is given up that does not answer or says to slow down. */
export const PATIENCE: Patience = {
  tries: 8,
  firstDelayMs: 200,
  mostDelayMs: 10_000,
  answerMs: 60_000,
  stallMs: 30_000,
};

/** Region, clock and credentials: what a request may have wrong, one after the other. */
const MOST_MENDED = 3;
/** A line that is slower does not send a part in time, bytes a millisecond. */
const SLOWEST = 32;
/** The most of a refusal that is read, bytes; a listing is larger. */
const MOST_TEXT = 32 << 20;
/** What all requests have, and is not signed: proxies change it. Packed answers have other offsets. */
const PLAIN = { "accept-encoding": "identity" };
/** The SHA-256 of nothing. */
const EMPTY_SHA256 = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

/** A bucket and how it is asked. */
export class S3Connection {
  /** The bucket's name. */
  readonly bucket: string;
  /** `s3://photos`, as addresses of its objects begin. */
  readonly name: string;
  readonly patience: Patience;
  readonly #bearings: Bearings;
  readonly #credentials: CredentialCache;
  readonly #client: Deno.HttpClient | undefined;
  /** Keys that signatures are made with; one a day, and credentials. */
  readonly #signingKeys = new Map<string, ArrayBuffer>();

  constructor(
    bucket: string,
    settings: StoreSettings,
    credentials: CredentialCache,
    { client, patience = PATIENCE, profile }: {
      client?: Deno.HttpClient;
      patience?: Patience;
      /** The profile that addresses name. */
      profile?: string;
    } = {},
  ) {
    this.bucket = bucket;
    this.name = profile === undefined ? `s3://${bucket}` : `s3://${profile}@${bucket}`;
    this.#bearings = new Bearings(bucket, settings);
    this.#credentials = credentials;
    this.#client = client;
    this.patience = patience;
  }

  /**
   * Sends a request until it is answered; the answer's body has not been read.
   * @returns an answer of success, or the refusal.
   * @throws {StoreError} "unreachable" when nobody answers; {ClipError} for credentials that cannot be
   * had; the signal's reason.
   */
  async open(request: S3Request): Promise<Response | Refused> {
    return await this.#untilAnswered(request, (response) => Promise.resolve(response));
  }

  /** The same for an answer that is read whole, as text. */
  async ask(request: S3Request): Promise<{ headers: Headers; text: string } | Refused> {
    return await this.#untilAnswered(request, async (response) => {
      return { headers: response.headers, text: await textOf(response) };
    });
  }

  /** A pause before the next try. @param failures so far, in a row. */
  async pause(failures: number, signal?: AbortSignal): Promise<void> {
    const { firstDelayMs, mostDelayMs } = this.patience;
    const most = Math.min(mostDelayMs, firstDelayMs * 2 ** (failures - 1));
    await pauseMs(most / 2 + Math.random() * most / 2, signal);
  }

  /** What is said of a request that failed. */
  asked({ what, key, shown }: Pick<S3Request, "what" | "key" | "shown">): Asked {
    const { endpoint, region, regionIsGuessed, unread } = this.#bearings.now.settings;
    return {
      what,
      name: this.name,
      bucket: this.bucket,
      key: shown ?? key,
      endpoint,
      region,
      regionIsGuessed,
      unread,
    };
  }

  async #untilAnswered<T>(
    request: S3Request,
    take: (response: Response) => Promise<T>,
  ): Promise<T | Refused> {
    const { signal } = request;
    let mended = 0;
    for (let tries = 0;; tries++) {
      const isLast = tries + 1 >= this.patience.tries;
      signal?.throwIfAborted();
      const found = await this.#credentials.get();
      const bearing = this.#bearings.now;
      let retryAfterMs = 0;
      try {
        const sent = await this.#send(request, found, bearing, take);
        if ("value" in sent) return sent.value;
        const { refusal } = sent;
        if (mended < MOST_MENDED && await this.#mend(refusal, bearing, found)) {
          mended++;
          continue;
        }
        if (isLast || !isPassing(refusal)) {
          return { refusal, tries, error: refusedError(refusal, this.asked(request), found) };
        }
        retryAfterMs = sent.retryAfterMs;
      } catch (thrown) {
        signal?.throwIfAborted();
        if (thrown instanceof ClipError) throw thrown;
        if (isLast || isHopeless(thrown)) throw unreachableError(thrown, this.asked(request));
      }
      if (retryAfterMs > 0) await pauseMs(retryAfterMs, signal);
      else await this.pause(tries + 1, signal);
    }
  }

  /** What the next try has right, if the refusal says what was wrong. */
  async #mend(
    refusal: Refusal,
    bearing: Bearing,
    found: FoundCredentials | undefined,
  ): Promise<boolean> {
    if (this.#bearings.correct(refusal, bearing)) return true;
    return isExpired(refusal) && await this.#credentials.renew(found);
  }

  async #send<T>(
    request: S3Request,
    found: FoundCredentials | undefined,
    bearing: Bearing,
    take: (response: Response) => Promise<T>,
  ): Promise<{ value: T } | { refusal: Refusal; retryAfterMs: number }> {
    const { method, body, signal } = request;
    const { url, headers } = await this.#signed(request, found, bearing);
    const ms = this.patience.answerMs + (body?.length ?? 0) / SLOWEST;
    const none = new AbortController().signal;
    const deadline = withDeadline(signal ?? none, ms, () => new Error("timed out"));
    try {
      const response = await fetch(url, {
        method,
        headers,
        redirect: "manual",
        signal: deadline.signal,
        ...(body === undefined ? {} : { body }),
        ...(this.#client === undefined ? {} : { client: this.#client }),
      });
      if (response.ok) return { value: await take(response) };
      const text = await textOf(response);
      const seconds = Number(response.headers.get("retry-after") ?? 0);
      const retryAfterMs = Math.min(1000 * (seconds || 0), this.patience.mostDelayMs);
      return { refusal: readRefusal(response.status, response.headers, text), retryAfterMs };
    } finally {
      deadline.clear();
    }
  }

  async #signed(
    { method, key, query, headers: own, body }: S3Request,
    found: FoundCredentials | undefined,
    { settings, place, aheadMs }: Bearing,
  ): Promise<{ url: string; headers: Headers }> {
    const url = place.url(key, query);
    const headers = new Headers({ ...own, ...PLAIN });
    const payer = settings.requesterPays ? { "x-amz-request-payer": "requester" } : {};
    if (found === undefined) return { url, headers };
    const { accessKeyId, secretAccessKey, sessionToken } = found.credentials;
    const signer = new AwsV4Signer({
      method,
      url,
      headers: {
        "x-amz-content-sha256": body === undefined ? EMPTY_SHA256 : await sha256(body),
        ...payer,
      },
      service: "s3",
      region: settings.region,
      datetime: signedTime(Date.now() + aheadMs),
      accessKeyId,
      secretAccessKey,
      cache: this.#signingKeys,
      ...(sessionToken === undefined ? {} : { sessionToken }),
    });
    const signed = await signer.sign();
    for (const [name, value] of signed.headers) headers.set(name, value);
    return { url, headers };
  }
}

async function sha256(body: Uint8Array<ArrayBuffer>): Promise<string> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", body)).toHex();
}

/** A time as signatures have it: `20260102T030405Z`. */
function signedTime(ms: number): string {
  return new Date(ms).toISOString().replace(/[:-]|\.\d+/g, "");
}

/** A body as text. @throws {Error} if it is too long, or breaks off. */
async function textOf(response: Response): Promise<string> {
  const pieces: Uint8Array<ArrayBuffer>[] = [];
  let bytes = 0;
  for await (const piece of response.body ?? []) {
    bytes += piece.length;
    if (bytes > MOST_TEXT) throw new Error("its answer is too large");
    pieces.push(piece);
  }
  return await new Blob(pieces).text();
}

/** What no other try cures. */
function isHopeless(thrown: unknown): boolean {
  for (let at = thrown; at instanceof Error; at = at.cause) {
    if (/certificate|dns error|failed to lookup/i.test(at.message)) return true;
  }
  return false;
}

async function pauseMs(ms: number, signal: AbortSignal | undefined): Promise<void> {
  try {
    await sleep(ms, undefined, signal === undefined ? {} : { signal });
  } catch {
    signal?.throwIfAborted();
  }
}
