/**
 * One file from one address: resumed, tried again, checked, and put in place in one step.
 */
import { dirname } from "node:path";
import type { Digest } from "../catalog/entry.ts";
import { backoffDelay, type Clock, systemClock } from "./clock.ts";
import { describeDigests, digestFile, type FileDigests, matchesAny } from "./digest.ts";
import { openUrl, RefusedError, TransientError } from "./http.ts";
import { freeBytesAt, onDisk, PartFile, requireSpace } from "./part_file.ts";
import { type ProgressReporter, silentProgress, type Transfer } from "./progress.ts";
import { receive } from "./receive.ts";
import { formatBytes, formatDuration } from "./sizes.ts";

/** What to download, and whereto. */
export interface DownloadRequest {
  url: string;
  /** The finished file's path. Its folder is made. */
  target: string;
  /** What the progress display calls it. */
  name: string;
  /** Hashes, any of which must agree. Without one, the hub's own is used if it tells. */
  digests: readonly Digest[];
  /** Says what is wrong with a file whose hash is right, if anything is. */
  check?: (path: string, digests: FileDigests) => string | undefined;
  /** Sent to the address's own host, not after a redirect to another. */
  token?: string;
}

/** What a download may use; all of it has a default. */
export interface DownloadContext {
  clock?: Clock;
  progress?: ProgressReporter;
  signal?: AbortSignal;
  /** Free bytes on a folder's disk. */
  freeBytes?: (folder: string) => Promise<number>;
}

/** A finished download. */
export interface Downloaded {
  digests: FileDigests;
  bytes: number;
}

/** Tries in a row that bring nothing new before a source is given up. */
const MAX_FAILURES = 5;
/** A host that cannot be reached at all is asked once more: most likely there is no network. */
const MAX_UNREACHABLE = 2;
/** A server that wants a longer wait is as good as unavailable. */
const MAX_RETRY_AFTER_MS = 120_000;

/**
 * Downloads a file. A part left by an earlier run is continued. When this returns, `target` holds
 * the whole file; when it throws or the process dies, `target` does not exist.
 *
 * The caller holds a lock on `target`.
 *
 * @throws {RefusedError} when this address cannot give the file.
 * @throws {ClipError} `model` when the disk cannot take it.
 */
export async function downloadFile(
  request: DownloadRequest,
  context: DownloadContext = {},
): Promise<Downloaded> {
  const { clock = systemClock, progress = silentProgress, signal } = context;
  await onDisk(request.target, () => Deno.mkdir(dirname(request.target), { recursive: true }));
  const part = new PartFile(request.target);
  const before = await part.resume(request.url);
  const transfer = progress.begin(request.name, before.size, undefined);
  const run = new Run(request, part, transfer, {
    clock,
    freeBytes: context.freeBytes ?? freeBytesAt,
    ...(signal === undefined ? {} : { signal }),
  });
  let done = false;
  try {
    const result = await run.untilVerified();
    done = true;
    return result;
  } finally {
    transfer.end(done);
  }
}

interface Tools {
  clock: Clock;
  freeBytes: (folder: string) => Promise<number>;
  signal?: AbortSignal;
}

/** The tries of one download. */
class Run {
  readonly #request: DownloadRequest;
  readonly #part: PartFile;
  readonly #transfer: Transfer;
  readonly #tools: Tools;
  /** Whether the bytes on disk come from more than one answer. */
  #pieced = false;

  constructor(request: DownloadRequest, part: PartFile, transfer: Transfer, tools: Tools) {
    this.#request = request;
    this.#part = part;
    this.#transfer = transfer;
    this.#tools = tools;
  }

  /** Downloads and checks; a pieced-together file that is wrong is fetched once more in one go. */
  async untilVerified(): Promise<Downloaded> {
    for (;;) {
      const linked = await this.#untilComplete();
      const { sha256, size } = linked;
      const wanted: readonly Digest[] = this.#request.digests.length > 0 || sha256 === undefined
        ? this.#request.digests
        : [{ algorithm: "sha256", hex: sha256 }];
      const bytes = await this.#part.size();
      const digests = await digestFile(this.#part.path, this.#tools.signal);
      const trouble = !matchesAny(digests, wanted)
        ? `its sha256 is ${digests.sha256}, wanted ${describeDigests(wanted)} ` +
          `(${formatBytes(bytes)})`
        : size !== undefined && size !== bytes
        ? `it has ${bytes} bytes where the hub says ${size}`
        : this.#request.check?.(this.#part.path, digests);
      if (trouble === undefined) {
        await this.#part.commit();
        return { digests, bytes };
      }
      await this.#part.discard();
      if (!this.#pieced) {
        throw new RefusedError(`sent a file that is not the right one: ${trouble}`);
      }
      this.#pieced = false;
      this.#transfer.note(`the pieces do not fit together: ${trouble}; starting over`);
    }
  }

  /** Tries until all bytes are there. */
  async #untilComplete(): Promise<{ sha256?: string; size?: number }> {
    const { clock, signal } = this.#tools;
    let failures = 0;
    let furthest = await this.#part.size();
    for (;;) {
      signal?.throwIfAborted();
      try {
        return await this.#attempt();
      } catch (error) {
        if (!(error instanceof TransientError)) throw error;
        const size = await this.#part.size();
        // Only bytes never had before count as progress: a server that always starts over and
        // always breaks off must not keep this going for ever.
        if (size > furthest) failures = 0;
        furthest = Math.max(furthest, size);
        failures++;
        const delay = this.#delay(error, failures);
        this.#transfer.note(
          `${error.message}; trying again in ${formatDuration(Math.ceil(delay / 1000))}`,
        );
        await clock.sleep(delay, signal);
      }
    }
  }

  #delay(error: TransientError, failures: number): number {
    const limit = error.unreachable ? MAX_UNREACHABLE : MAX_FAILURES;
    if (failures >= limit) {
      throw new RefusedError(`${error.message} (tried ${failures} times)`, undefined, {
        unreachable: error.unreachable,
      });
    }
    const asked = error.retryAfterMs ?? 0;
    if (asked > MAX_RETRY_AFTER_MS) {
      throw new RefusedError(
        `${error.message} and wants ${formatDuration(asked / 1000)} of patience`,
      );
    }
    return Math.max(asked, backoffDelay(failures, this.#tools.clock.random()));
  }

  /** One GET. Returns when all bytes are on disk. */
  async #attempt(): Promise<{ sha256?: string; size?: number }> {
    const { url, token } = this.#request;
    const { size, validator } = await this.#part.resume(url);
    const headers: Record<string, string> = {};
    if (size > 0) {
      headers.range = `bytes=${size}-`;
      if (validator !== undefined) headers["if-range"] = validator;
    }
    return await receive({
      clock: this.#tools.clock,
      ...(this.#tools.signal === undefined ? {} : { signal: this.#tools.signal }),
      open: (signal) =>
        openUrl({ url, headers, signal, ...(token === undefined ? {} : { token }) }),
      part: this.#part,
      url,
      offset: size,
      onPiece: () => this.#pieced = true,
      requireSpace: (bytes) => requireSpace(this.#request.target, bytes, this.#tools.freeBytes),
      onProgress: (done, total) => this.#transfer.update(done, total),
    });
  }
}
