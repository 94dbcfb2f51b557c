/** Writing objects: at once, or in parts where they are large. */
import { type ObjectInfo, StoreError, type WriteCondition } from "../object_store.ts";
import { xmlOf } from "../xml.ts";
import type { Refused, S3Connection } from "./connection.ts";
import { etagOfBytes, etagOfParts, plainEtag, quotedEtag } from "./etag.ts";
import { isPassing, readRefusal } from "./refusal.ts";
import { intro, refused, refusedError } from "./words.ts";

const WHAT = "Cannot write";
const MIB = 1 << 20;

/** What is larger goes in parts. */
const AT_ONCE = 16 * MIB;
const PART = 8 * MIB;
/** S3 takes no more of an object. */
const MOST_PARTS = 10_000;
/** Parts under way, as long as they take no more bytes than these. */
const UPLOADS = 4;
const MOST_HELD = 32 * MIB;
/** Times that an upload is taken away. */
const MOST_ABORTS = 5;

/** What an object's bytes are read from. */
export interface Content {
  bytes: number;
  /** Some of them. @throws {Error} if there are not so many. */
  read(start: number, end: number): Promise<Uint8Array<ArrayBuffer>>;
}

/** A write. */
export interface Write {
  key: string;
  content: Content;
  condition: WriteCondition | undefined;
  signal: AbortSignal | undefined;
}

/** Writes an object, as `ObjectStore.write` says. */
export async function writeObject(connection: S3Connection, write: Write): Promise<ObjectInfo> {
  const etag = write.content.bytes > AT_ONCE
    ? await new Upload(connection, write).run()
    : await writeAtOnce(connection, write);
  return { key: write.key, bytes: write.content.bytes, etag };
}

async function writeAtOnce(
  connection: S3Connection,
  { key, content, condition, signal }: Write,
): Promise<string> {
  const body = await content.read(0, content.bytes);
  const headers = conditionHeaders(condition);
  const answer = await connection.ask({ method: "PUT", what: WHAT, key, headers, body, signal });
  if (!("error" in answer)) return plainEtag(answer.headers.get("etag"));
  const own = await isOwn(connection, key, answer, () => etagOfBytes(body), signal);
  if (own !== undefined) return own;
  throw conditionError(answer, connection, key, condition);
}

/** One upload in parts. */
class Upload {
  readonly #connection: S3Connection;
  readonly #write: Write;
  readonly #partBytes: number;
  readonly #count: number;
  readonly #etags: string[] = [];
  #next = 0;

  constructor(connection: S3Connection, write: Write) {
    this.#connection = connection;
    this.#write = write;
    const { bytes } = write.content;
    this.#partBytes = Math.max(PART, Math.ceil(bytes / MOST_PARTS / MIB) * MIB);
    this.#count = Math.ceil(bytes / this.#partBytes);
  }

  /** @returns the object's etag. */
  async run(): Promise<string> {
    const begun = await this.#ask("POST", { uploads: "" });
    const id = xmlOf(begun.text)?.child("UploadId");
    if (!id) throw this.#refused("the store gives no upload");
    try {
      const most = Math.max(1, Math.min(UPLOADS, Math.floor(MOST_HELD / this.#partBytes)));
      const workers = Array.from({ length: most }, () => this.#sendParts(id));
      try {
        await Promise.all(workers);
      } catch (thrown) {
        // What is on its way comes to its end: cut off, it may become a part after all are taken away.
        this.#next = this.#count;
        await Promise.allSettled(workers);
        throw thrown;
      }
      return await this.#complete(id);
    } catch (thrown) {
      await this.#abort(id);
      throw thrown;
    }
  }

  async #sendParts(id: string): Promise<void> {
    while (this.#next < this.#count) {
      this.#write.signal?.throwIfAborted();
      const index = this.#next++;
      const start = index * this.#partBytes;
      const end = Math.min(start + this.#partBytes, this.#write.content.bytes);
      const body = await this.#write.content.read(start, end);
      const query = { partNumber: String(index + 1), uploadId: id };
      const { headers } = await this.#ask("PUT", query, body);
      this.#etags[index] = plainEtag(headers.get("etag"));
    }
  }

  async #complete(id: string): Promise<string> {
    const { key, condition, signal } = this.#write;
    const parts = this.#etags.map((etag, i) =>
      `<Part><PartNumber>${i + 1}</PartNumber><ETag>&quot;${etag}&quot;</ETag></Part>`
    );
    const text = `<CompleteMultipartUpload>${parts.join("")}</CompleteMultipartUpload>`;
    const body = new TextEncoder().encode(text);
    const { patience } = this.#connection;
    for (let failures = 0;;) {
      const answer = await this.#connection.ask({
        method: "POST",
        what: WHAT,
        key,
        query: { uploadId: id },
        headers: { ...conditionHeaders(condition), "content-type": "application/xml" },
        body,
        signal,
      });
      if ("error" in answer) {
        const refused = { ...answer, tries: answer.tries + failures };
        const etag = () => etagOfParts(this.#etags);
        const own = await isOwn(this.#connection, key, refused, etag, signal);
        if (own !== undefined) return own;
        throw conditionError(answer, this.#connection, key, condition);
      }
      const result = xmlOf(answer.text);
      const etag = result?.child("ETag");
      if (result?.name !== "Error" && etag !== undefined) return plainEtag(etag);
      // An answer that was begun before the work was done may be a refusal in the end.
      const refusal = readRefusal(500, answer.headers, answer.text);
      if (++failures >= patience.tries || !isPassing({ ...refusal, status: 200 })) {
        throw refusedError(refusal, this.#connection.asked({ what: WHAT, key }), undefined);
      }
      await this.#connection.pause(failures, signal);
    }
  }

  /**
   * What was sent takes room until it is taken away. Whoever ended the upload does not end this. Of a
   * part that was cut off something may come after: S3 says to do it again until there is no upload.
   */
  async #abort(id: string): Promise<void> {
    const request = { what: WHAT, key: this.#write.key, query: { uploadId: id } };
    for (let times = 1; times <= MOST_ABORTS; times++) {
      const answer = await this.#connection.ask({ ...request, method: "DELETE" }).catch(() => {});
      if (answer === undefined || "error" in answer) return;
      await this.#connection.pause(times);
    }
  }

  async #ask(
    method: "POST" | "PUT",
    query: Record<string, string>,
    body?: Uint8Array<ArrayBuffer>,
  ): Promise<{ headers: Headers; text: string }> {
    const { key, signal } = this.#write;
    const answer = await this.#connection.ask({
      method,
      what: WHAT,
      key,
      query,
      signal,
      ...(body === undefined ? {} : { body }),
    });
    if ("error" in answer) throw answer.error;
    return answer;
  }

  #refused(why: string): StoreError {
    return refused(this.#connection.asked({ what: WHAT, key: this.#write.key }), why);
  }
}

function conditionHeaders(condition: WriteCondition | undefined): Record<string, string> {
  if (condition === undefined) return {};
  return condition.etag === null
    ? { "if-none-match": "*" }
    : { "if-match": quotedEtag(condition.etag) };
}

/**
 * Whether the object that stands in the way is what was just written, by a try whose answer was lost;
 * its etag then.
 */
async function isOwn(
  connection: S3Connection,
  key: string,
  { refusal, tries }: Refused,
  etag: () => string,
  signal: AbortSignal | undefined,
): Promise<string | undefined> {
  if (tries === 0 || (refusal.status !== 412 && refusal.status !== 404)) return undefined;
  const there = await connection.open({ method: "HEAD", what: WHAT, key, signal });
  if ("error" in there) return undefined;
  const found = plainEtag(there.headers.get("etag"));
  return found === etag() ? found : undefined;
}

function conditionError(
  { refusal, error }: Refused,
  connection: S3Connection,
  key: string,
  condition: WriteCondition | undefined,
): StoreError {
  if (condition === undefined) return error;
  const place = intro(connection.asked({ what: WHAT, key }));
  if (refusal.status === 412 && condition.etag === null) {
    return new StoreError("exists", place, "it is there already");
  }
  // S3 says so of an object that was to be replaced.
  if (refusal.status === 404 && condition.etag !== null && refusal.code === "NoSuchKey") {
    return new StoreError("changed", place, "it is not there any more");
  }
  return error;
}
