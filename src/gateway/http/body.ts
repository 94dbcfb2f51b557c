/** Reads a request's body under a limit, through its content coding. */
import { ClipError } from "../../errors.ts";
import { type Hold, NO_HOLD } from "../admission/held_bytes.ts";
import type { HttpExchange } from "./http_exchange.ts";

/** Content codings that are read (RFC 9110, section 8.4.1), as DecompressionStream names them. */
const CODINGS = new Map<string, CompressionFormat | undefined>([
  ["", undefined],
  ["identity", undefined],
  ["gzip", "gzip"],
  ["x-gzip", "gzip"],
  ["deflate", "deflate"],
  ["br", "brotli" as CompressionFormat],
]);

/**
 * A body that stands still for this long is given up: its request holds one of the places that
 * `prefetch` allows. Long enough for a mobile network's worst pause.
 */
const IDLE_TIMEOUT_MS = 60_000;

/**
 * Memory that a `Content-Length` alone can claim. More is taken when this much has arrived: a
 * thousand clients that only say how much they will send must not cost a thousand times that.
 */
const TRUSTED_BYTES = 4 * 1024 * 1024;

/**
 * The body's bytes, decoded.
 * @param maxBytes bound on what is sent and on what it unpacks to.
 * @param hold counts the memory that the body takes.
 * @param idleMs longest time without a byte.
 * @throws {ClipError} "too_large"; "overloaded" by `hold`; "unsupported_media" for another coding;
 * "invalid" if the coding is broken; "deadline" if the body stands still; "cancelled" if the client
 * left before its end.
 */
export async function readBody(
  exchange: HttpExchange,
  maxBytes: number,
  hold: Hold = NO_HOLD,
  idleMs: number = IDLE_TIMEOUT_MS,
): Promise<Uint8Array> {
  const declared = contentLength(exchange);
  if (declared > maxBytes) throw tooLarge(maxBytes);
  const coding = exchange.header("content-encoding")?.trim().toLowerCase() ?? "identity";
  if (!CODINGS.has(coding)) {
    throw new ClipError(
      "unsupported_media",
      `Content-Encoding '${coding}' is not read: send gzip, deflate, br or none`,
    );
  }
  const sent = new Collector(maxBytes, declared, hold);
  await readPieces(exchange, sent, idleMs);
  if (CODINGS.get(coding) === undefined) return sent.bytes();
  const unpacked = await unpack(sent.bytes(), coding, maxBytes, hold);
  sent.release();
  return unpacked;
}

/** Reads all pieces, unless the body stands still. */
async function readPieces(
  exchange: HttpExchange,
  collector: Collector,
  idleMs: number,
): Promise<void> {
  let arrived = false;
  const { promise: standstill, reject } = Promise.withResolvers<never>();
  // One timer that looks whether something came, rather than a new one for each piece.
  const watch = setInterval(() => {
    if (!arrived) {
      const text = `The body stood still for ${idleMs} ms: send it again`;
      collector.stopped = new ClipError("deadline", text);
      reject(collector.stopped);
    }
    arrived = false;
  }, idleMs);
  try {
    const pieces = exchange.pieces((piece) => {
      arrived = true;
      collector.add(piece);
    });
    await Promise.race([pieces, standstill]);
  } finally {
    clearInterval(watch);
  }
}

async function unpack(
  packed: Uint8Array,
  coding: string,
  maxBytes: number,
  hold: Hold,
): Promise<Uint8Array> {
  const collector = new Collector(maxBytes, 0, hold);
  const stream = ReadableStream.from([packed as Uint8Array<ArrayBuffer>])
    .pipeThrough(new DecompressionStream(CODINGS.get(coding)!));
  try {
    for await (const piece of stream) collector.add(piece);
  } catch (thrown) {
    if (thrown instanceof ClipError) throw thrown;
    throw new ClipError("invalid", `The body is not valid ${coding}`, { cause: thrown });
  }
  return collector.bytes();
}

/** Puts pieces together. A single one that is the whole is kept as it came. */
class Collector {
  readonly #maxBytes: number;
  readonly #declared: number;
  readonly #hold: Hold;
  /** Bytes of the hold that are this one's. */
  #held = 0;
  #buffer: Uint8Array | undefined;
  #length = 0;
  /** Set when nothing more is wanted. */
  stopped: ClipError | undefined;

  constructor(maxBytes: number, declared: number, hold: Hold) {
    this.#maxBytes = maxBytes;
    this.#declared = declared;
    this.#hold = hold;
    // What a client only says it will send counts as well, up to what it is trusted for.
    this.#grow(Math.min(declared, TRUSTED_BYTES));
  }

  add(piece: Uint8Array): void {
    if (this.stopped) throw this.stopped;
    const end = this.#length + piece.length;
    if (end > this.#maxBytes) throw tooLarge(this.#maxBytes);
    if (this.#length === 0 && piece.length >= this.#declared) {
      this.#grow(Math.max(0, piece.length - this.#held));
      this.#buffer = piece;
    } else {
      this.#reserve(end).set(piece, this.#length);
    }
    this.#length = end;
  }

  bytes(): Uint8Array {
    return this.#buffer?.subarray(0, this.#length) ?? new Uint8Array(0);
  }

  /** Lets go of what was collected. */
  release(): void {
    this.#hold.shrink(this.#held);
    this.#held = 0;
    this.#buffer = undefined;
  }

  #grow(bytes: number): void {
    this.#hold.grow(bytes);
    this.#held += bytes;
  }

  #reserve(end: number): Uint8Array {
    const trusted = Math.min(this.#declared, TRUSTED_BYTES);
    const old = this.#buffer;
    if (old !== undefined && end <= old.length) return old;
    const wanted = old === undefined && end <= trusted
      ? trusted
      : Math.max(end, this.#declared, 2 * (old?.length ?? 0), 65_536);
    const size = Math.min(this.#maxBytes, wanted);
    this.#grow(size - (old?.length ?? trusted));
    const larger = new Uint8Array(size);
    if (old) larger.set(old.subarray(0, this.#length));
    return this.#buffer = larger;
  }
}

/** What the client says it will send; 0 if it does not say. */
function contentLength(exchange: HttpExchange): number {
  const text = exchange.header("content-length") ?? "0";
  if (/^\d+$/.test(text)) return Number(text);
  throw new ClipError("invalid", "Content-Length is no number");
}

function tooLarge(maxBytes: number): ClipError {
  return new ClipError(
    "too_large",
    `The body is larger than ${maxBytes} bytes ('max_message_bytes')`,
  );
}
