/** An object's bytes, which go on where a connection broke off. */
import { StoreError } from "../object_store.ts";
import type { S3Connection } from "./connection.ts";
import { plainEtag, quotedEtag } from "./etag.ts";
import { changedError, refused, unreachableError } from "./words.ts";

const WHAT = "Cannot read";

/** What is read of an object. */
export interface ObjectRange {
  start?: number;
  end?: number;
  etag?: string;
}

/** The bytes, as `ObjectStore.read` says. */
export async function* readObject(
  connection: S3Connection,
  key: string,
  range: ObjectRange,
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  const asked = connection.asked({ what: WHAT, key });
  let { start: at = 0, end, etag } = range;
  if (end !== undefined && end <= at) return;
  for (let failures = 0;;) {
    const body = await openAt(connection, key, { start: at, end, etag }, signal);
    if (body === undefined) return;
    etag ??= body.etag;
    end = body.end;
    try {
      for await (const piece of inTime(body.stream, connection.patience.stallMs, signal)) {
        failures = 0;
        at += piece.length;
        if (at > end) throw refused(asked, "more bytes come than it has");
        yield piece;
      }
      if (at >= end) return;
      throw new Error("the connection breaks off");
    } catch (thrown) {
      signal?.throwIfAborted();
      if (thrown instanceof StoreError) throw thrown;
      if (++failures >= connection.patience.tries) throw unreachableError(thrown, asked);
      await connection.pause(failures, signal);
    }
  }
}

/** The body from a place on; nothing if the object ends before it. */
async function openAt(
  connection: S3Connection,
  key: string,
  { start, end, etag }: { start: number; end: number | undefined; etag: string | undefined },
  signal: AbortSignal | undefined,
): Promise<
  { stream: ReadableStream<Uint8Array<ArrayBuffer>>; etag: string; end: number } | undefined
> {
  const asked = connection.asked({ what: WHAT, key });
  const isPart = start > 0 || end !== undefined;
  const response = await connection.open({
    method: "GET",
    what: WHAT,
    key,
    signal,
    headers: {
      ...(isPart ? { range: `bytes=${start}-${end === undefined ? "" : end - 1}` } : {}),
      ...(etag ? { "if-match": quotedEtag(etag) } : {}),
    },
  });
  if ("error" in response) {
    if (response.refusal.status === 416) return undefined;
    throw response.error;
  }
  const stream = response.body ?? new Blob([]).stream();
  const found = plainEtag(response.headers.get("etag"));
  const fail = async (error: StoreError) => {
    await stream.cancel().catch(() => {});
    return error;
  };
  // Of a store that does not look at conditions.
  if (etag && found !== "" && found !== etag) throw await fail(changedError(asked));
  const bytes = Number(response.headers.get("content-length") ?? NaN);
  if (Number.isNaN(bytes)) {
    throw await fail(refused(asked, "the store does not say how long it is"));
  }
  const from = response.status === 206 ? rangeStart(response.headers) : 0;
  if (from !== start) throw await fail(refused(asked, "the store does not give parts of objects"));
  return { stream, etag: found, end: start + bytes };
}

function rangeStart(headers: Headers): number {
  return Number(/^bytes (\d+)-/.exec(headers.get("content-range") ?? "")?.[1] ?? NaN);
}

/** Pieces, each of which comes in time. @throws {Error} if one does not; the signal's reason. */
async function* inTime(
  stream: ReadableStream<Uint8Array<ArrayBuffer>>,
  ms: number,
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  const reader = stream.getReader();
  let give: (reason: unknown) => void = () => {};
  const given = new Promise<never>((_, reject) => give = reject);
  given.catch(() => {});
  const onAbort = () => give(signal?.reason);
  signal?.addEventListener("abort", onAbort, { once: true });
  let timer: ReturnType<typeof setTimeout> | undefined;
  try {
    for (;;) {
      signal?.throwIfAborted();
      timer = setTimeout(() => give(new Error("timed out")), ms);
      const { done, value } = await Promise.race([reader.read(), given]);
      clearTimeout(timer);
      if (done) return;
      yield value;
    }
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener("abort", onAbort);
    await reader.cancel().catch(() => {});
  }
}
