/** Writing one HTTP answer to a part file, whatever the server makes of the range asked for. */
import type { Clock } from "./clock.ts";
import { connectionTrouble, type OpenedResponse, RefusedError, TransientError } from "./http.ts";
import { onDisk, type PartFile } from "./part_file.ts";
import { formatBytes } from "./sizes.ts";

/** Silence that means the connection is dead. */
export const STALL_MS = 60_000;

/** One answer to receive. */
export interface Reception {
  clock: Clock;
  signal?: AbortSignal;
  open: (signal: AbortSignal) => Promise<OpenedResponse>;
  part: PartFile;
  url: string;
  /** Bytes on disk, from which the range was asked. */
  offset: number;
  /** Called when bytes are added to earlier ones. */
  onPiece: () => void;
  /** Throws when that many more bytes do not fit. */
  requireSpace: (bytes: number) => Promise<void>;
  onProgress: (done: number, total: number | undefined) => void;
}

/**
 * Receives an answer until all bytes are on disk; gives what the hub says of the file.
 *
 * @throws {TransientError} when the connection breaks or goes silent; what came stays on disk.
 * @throws {RefusedError} when the server's answer makes no sense.
 * @throws {ClipError} `model` when the disk cannot take it.
 */
export async function receive(job: Reception): Promise<{ sha256?: string; size?: number }> {
  const watchdog = new Watchdog(job.clock, job.signal);
  try {
    const opened = await job.open(watchdog.signal);
    const { response, linkedSha256, linkedSize } = opened;
    const linked = {
      ...(linkedSha256 === undefined ? {} : { sha256: linkedSha256 }),
      ...(linkedSize === undefined ? {} : { size: linkedSize }),
    };
    const plan = await planOf(opened, job);
    if (plan === "complete") return linked;
    if (plan.start > 0) job.onPiece();
    if (plan.total !== undefined) {
      // Starting over gives back what the part holds now.
      const kept = plan.start > 0 ? 0 : job.offset;
      await job.requireSpace(plan.total - plan.start - kept);
    }
    const end = await write(response, plan.start, plan.total, job, watchdog);
    if (plan.total !== undefined && end !== plan.total) {
      throw new TransientError(
        `the connection ended at ${formatBytes(end)} of ${formatBytes(plan.total)}`,
      );
    }
    return linked;
  } finally {
    watchdog.stop();
  }
}

/** Where the answer's bytes go, and how long the file will be. */
async function planOf(
  { response, linkedSize }: OpenedResponse,
  job: Reception,
): Promise<"complete" | { start: number; total: number | undefined }> {
  const range = parseContentRange(response.headers.get("content-range"));
  if (response.status === 200) {
    const length = Number(response.headers.get("content-length") ?? NaN);
    return { start: 0, total: Number.isSafeInteger(length) ? length : linkedSize };
  }
  if (response.status === 206 && job.offset > 0 && range?.start === job.offset) {
    return { start: job.offset, total: range.total ?? linkedSize };
  }
  await response.body?.cancel();
  if (response.status === 416 && job.offset > 0 && range?.total === job.offset) return "complete";
  if (job.offset === 0) {
    throw new RefusedError(`answered ${response.status} to a request for the whole file`);
  }
  await job.part.discard();
  throw new TransientError("the server could not go on where the download stopped");
}

async function write(
  response: Response,
  start: number,
  total: number | undefined,
  job: Reception,
  watchdog: Watchdog,
): Promise<number> {
  const validator = validatorOf(response.headers);
  using file = await job.part.open(
    { url: job.url, ...(validator === undefined ? {} : { validator }) },
    start === 0,
  );
  let position = start;
  job.onProgress(position, total);
  const reader = response.body?.getReader();
  try {
    for (;;) {
      watchdog.feed();
      const chunk = await reader?.read().catch((error: unknown) => {
        if (watchdog.signal.aborted) throw watchdog.signal.reason;
        throw new TransientError(`${connectionTrouble(error)} at ${formatBytes(position)}`);
      });
      if (chunk === undefined || chunk.done) break;
      await onDisk(job.part.target, () => writeAll(file, chunk.value));
      position += chunk.value.length;
      job.onProgress(position, total);
    }
    await onDisk(job.part.target, () => file.sync());
  } finally {
    await reader?.cancel().catch(() => {});
  }
  return position;
}

async function writeAll(file: Deno.FsFile, bytes: Uint8Array): Promise<void> {
  let rest = bytes;
  while (rest.length > 0) rest = rest.subarray(await file.write(rest));
}

/** What `If-Range` may carry: a strong ETag, else the date of the last change (RFC 9110, 13.1.5). */
function validatorOf(headers: Headers): string | undefined {
  const etag = headers.get("etag");
  if (etag !== null && etag.startsWith('"')) return etag;
  return headers.get("last-modified") ?? undefined;
}

/** Parses `bytes 5-9/10`, `bytes 5-9/*` and the `bytes *\/10` of a 416. */
export function parseContentRange(
  value: string | null,
): { start: number | undefined; total: number | undefined } | undefined {
  const match = /^bytes (?:(\d+)-\d+|\*)\/(\d+|\*)$/.exec(value?.trim() ?? "");
  if (match === null) return undefined;
  const [, start, total] = match;
  return {
    start: start === undefined ? undefined : Number(start),
    total: total === undefined || total === "*" ? undefined : Number(total),
  };
}

/** Aborts its signal when nothing has been heard for `STALL_MS`. */
class Watchdog {
  readonly signal: AbortSignal;
  readonly #clock: Clock;
  readonly #controller = new AbortController();
  #cancel: () => void;

  constructor(clock: Clock, outer: AbortSignal | undefined) {
    this.#clock = clock;
    const signals = outer === undefined ? [] : [outer];
    this.signal = AbortSignal.any([this.#controller.signal, ...signals]);
    this.#cancel = this.#start();
  }

  #start(): () => void {
    return this.#clock.after(STALL_MS, () => {
      this.#controller.abort(new TransientError(`nothing came for ${STALL_MS / 1000} seconds`));
    });
  }

  feed(): void {
    this.#cancel();
    this.#cancel = this.#start();
  }

  stop(): void {
    this.#cancel();
  }
}
