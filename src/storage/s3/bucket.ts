/** A bucket of S3, or of what speaks like it. */
import type { ObjectInfo, ObjectStore, StoreError, WriteCondition } from "../object_store.ts";
import type { S3Connection } from "./connection.ts";
import { md5Of, plainEtag } from "./etag.ts";
import { fileContent } from "./file_content.ts";
import { listObjects } from "./listing.ts";
import { type ObjectRange, readObject } from "./reading.ts";
import { abandonUploads } from "./uploads.ts";
import { writeObject } from "./writing.ts";

/** Source: Amazon S3 API reference 2006-03-01. */
export class S3Bucket implements ObjectStore {
  readonly name: string;
  readonly #connection: S3Connection;

  constructor(connection: S3Connection) {
    this.#connection = connection;
    this.name = connection.name;
  }

  list(
    prefix: string,
    signal?: AbortSignal,
    { shallow = false }: { shallow?: boolean } = {},
  ): AsyncIterable<ObjectInfo> {
    return listObjects(this.#connection, prefix, signal, shallow);
  }

  async head(key: string, signal?: AbortSignal): Promise<ObjectInfo | undefined> {
    const look = () =>
      this.#connection.open({ method: "HEAD", what: "Cannot look at", key, signal });
    let answer = await look();
    if ("error" in answer) {
      const error = await this.#reason(key, signal);
      if (error?.fault === "missing") return undefined;
      if (error !== undefined) throw error;
      // What was wrong could be told of only now: credentials that had expired are renewed.
      answer = await look();
      if ("error" in answer) throw answer.error;
    }
    await answer.body?.cancel();
    const { headers } = answer;
    const md5 = md5Of(headers);
    return {
      key,
      bytes: Number(headers.get("content-length") ?? 0),
      etag: plainEtag(headers.get("etag")),
      ...(md5 === undefined ? {} : { md5 }),
    };
  }

  /** Why an object is not to be had: HEAD is answered without words. */
  async #reason(key: string, signal: AbortSignal | undefined): Promise<StoreError | undefined> {
    const answer = await this.#connection.open({
      method: "GET",
      what: "Cannot look at",
      key,
      headers: { range: "bytes=0-0" },
      signal,
    });
    if ("error" in answer) return answer.error;
    await answer.body?.cancel();
    return undefined;
  }

  read(
    key: string,
    range: ObjectRange = {},
    signal?: AbortSignal,
  ): ReadableStream<Uint8Array<ArrayBuffer>> {
    const pieces = readObject(this.#connection, key, range, signal);
    return new ReadableStream({
      async pull(controller) {
        const { done, value } = await pieces.next();
        if (done) controller.close();
        else controller.enqueue(value);
      },
      async cancel() {
        await pieces.return(undefined);
      },
    }, { highWaterMark: 0 });
  }

  async write(
    key: string,
    bytes: Uint8Array<ArrayBuffer>,
    condition?: WriteCondition,
    signal?: AbortSignal,
  ): Promise<ObjectInfo> {
    const content = {
      bytes: bytes.length,
      read: (start: number, end: number) => Promise.resolve(bytes.subarray(start, end)),
    };
    return await writeObject(this.#connection, { key, content, condition, signal });
  }

  async writeFile(
    key: string,
    path: string,
    condition?: WriteCondition,
    signal?: AbortSignal,
  ): Promise<ObjectInfo> {
    await using content = await fileContent(path);
    return await writeObject(this.#connection, { key, content, condition, signal });
  }

  async remove(key: string, signal?: AbortSignal): Promise<void> {
    const answer = await this.#connection.ask({
      method: "DELETE",
      what: "Cannot remove",
      key,
      signal,
    });
    if ("error" in answer && answer.error.fault !== "missing") throw answer.error;
  }

  abandonUploads(prefix: string, signal?: AbortSignal): Promise<number> {
    return abandonUploads(this.#connection, prefix, signal);
  }
}
