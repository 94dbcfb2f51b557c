/** Objects in buckets: what bulk jobs and models read and write beside the file system. */
import { ClipError, type ErrorKind } from "../errors.ts";

/** An object as it is listed. */
export interface ObjectInfo {
  /** Its whole key, without the bucket. */
  key: string;
  bytes: number;
  /** Changes with the content. */
  etag: string;
  /** The MD5 of its content in hexadecimal, of `head` where the store tells. */
  md5?: string;
}

/** One bucket of an object store. */
export interface ObjectStore {
  /** `s3://bucket`, for errors. */
  readonly name: string;
  /**
   * All objects below a prefix, in the order of their keys' code points.
   * @param options `shallow`: only those without another `/` after the prefix, for which a large
   * bucket is not read whole.
   * @throws {StoreError} "config" if the bucket cannot be listed, "unavailable" if it is not reached.
   */
  list(
    prefix: string,
    signal?: AbortSignal,
    options?: { shallow?: boolean },
  ): AsyncIterable<ObjectInfo>;
  /**
   * What keys below a prefix have before their next `/`, with it (`shards/1/` of `shards/`), each once
   * and in order: a large bucket is not read whole. @throws {StoreError} as `list`.
   */
  folders(prefix: string, signal?: AbortSignal): AsyncIterable<string>;
  /** What is known of an object; `undefined` if there is none. @throws {StoreError} */
  head(key: string, signal?: AbortSignal): Promise<ObjectInfo | undefined>;
  /**
   * An object's bytes from `start` to before `end`; a broken connection is taken up again, and goes
   * on with the same content only.
   * @param range `etag`: the object must still have it.
   * @throws {StoreError} as the stream's error: "changed" or "missing" among others.
   */
  read(
    key: string,
    range?: { start?: number; end?: number; etag?: string },
    signal?: AbortSignal,
  ): ReadableStream<Uint8Array<ArrayBuffer>>;
  /**
   * Writes an object, whole or not at all.
   * @throws {StoreError} "exists" or "changed" if the condition does not hold.
   */
  write(
    key: string,
    bytes: Uint8Array<ArrayBuffer>,
    condition?: WriteCondition,
    signal?: AbortSignal,
  ): Promise<ObjectInfo>;
  /**
   * The same with a file's bytes, in parts where it is large; they are read as they are sent. Parts of
   * an upload that fails are taken away again.
   */
  writeFile(
    key: string,
    path: string,
    condition?: WriteCondition,
    signal?: AbortSignal,
  ): Promise<ObjectInfo>;
  /** Removes an object; one that is not there is no fault. @throws {StoreError} */
  remove(key: string, signal?: AbortSignal): Promise<void>;
  /**
   * Takes away what uploads in parts below a prefix left whose processes died. One that goes on fails.
   * @returns how many there were.
   * @throws {StoreError} also if that is not allowed, or not known to the store.
   */
  abandonUploads(prefix: string, signal?: AbortSignal): Promise<number>;
}

/**
 * What an object must be for a write to replace it: one with this etag, or none at all (`null`). A
 * store that does not know conditions either says so or writes in any case
 * (docs/object-storage.md has which).
 */
export interface WriteCondition {
  etag: string | null;
}

/** What stands in the way, for those who act on it. */
export type StoreFault =
  /** There is no such object. */
  | "missing"
  /** There is one, and there was to be none. */
  | "exists"
  /** It is not what it was: another etag. */
  | "changed"
  /** The credentials do not reach this object; others they may. */
  | "denied"
  /** It is there, and is not to be had before it is restored. */
  | "archived"
  /** No request can name it. */
  | "unnameable"
  /** There is no such bucket, or it is elsewhere. */
  | "no_bucket"
  /** Nobody who answers: what is tried again later may go well. */
  | "unreachable"
  /** Everything else: the credentials, the endpoint. */
  | "refused";

const KINDS: Readonly<Record<StoreFault, ErrorKind>> = {
  missing: "config",
  exists: "invalid",
  changed: "invalid",
  denied: "config",
  archived: "config",
  unnameable: "config",
  no_bucket: "config",
  unreachable: "unavailable",
  refused: "config",
};

/** A failure of a store, in words: which bucket and key, what was wrong, what to do. */
export class StoreError extends ClipError {
  readonly fault: StoreFault;
  /** What was wrong, without what was tried on which object. */
  readonly reason: string;

  /** @param intro what was tried: `Cannot read 's3://bucket/key'`. */
  constructor(fault: StoreFault, intro: string, reason: string, options?: { cause?: unknown }) {
    super(KINDS[fault], `${intro}: ${reason}`, options);
    this.fault = fault;
    this.reason = reason;
  }
}
