/** Objects in buckets: what bulk jobs and models read and write beside the file system. */

/** An object as it is listed. */
export interface ObjectInfo {
  /** Its whole key, without the bucket. */
  key: string;
  bytes: number;
  /** Changes with the content. */
  etag: string;
}

/** One bucket of an object store. */
export interface ObjectStore {
  /** `s3://bucket`, for errors. */
  readonly name: string;
  /**
   * All objects below a prefix, in the order of their keys' code points.
   * @throws {ClipError} "config" if the bucket cannot be listed, "unavailable" if it is not reached.
   */
  list(prefix: string, signal?: AbortSignal): AsyncIterable<ObjectInfo>;
  /** What is known of an object; `undefined` if there is none. */
  head(key: string, signal?: AbortSignal): Promise<ObjectInfo | undefined>;
  /**
   * An object's bytes from `start` to before `end`; a broken connection is taken up again.
   * @param etag the object must still have it.
   * @throws {ClipError} "invalid" if it has changed, "config" if it is not there.
   */
  read(
    key: string,
    range?: { start?: number; end?: number; etag?: string },
    signal?: AbortSignal,
  ): ReadableStream<Uint8Array<ArrayBuffer>>;
  /** Writes an object, whole or not at all. @param etag replaces only what has it; `null`: nothing. */
  write(
    key: string,
    bytes: Uint8Array<ArrayBuffer>,
    condition?: { etag: string | null },
    signal?: AbortSignal,
  ): Promise<ObjectInfo>;
  /** The same with a file's bytes, in parts where it is large; they are read as they are sent. */
  writeFile(key: string, path: string, signal?: AbortSignal): Promise<ObjectInfo>;
  /** Removes an object; one that is not there is no fault. */
  remove(key: string, signal?: AbortSignal): Promise<void>;
}
