/** Reads a request's body under a limit, through its content coding. */
import { ClipError } from "../../errors.ts";
import { type Hold, NO_HOLD } from "../admission/held_bytes.ts";

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
 * @throws {ClipError} "too_large"; "overloaded" by `hold`; "unsupported_media" for another coding; "invalid" if the coding
 * is broken; "deadline" if the body stands still; "cancelled" if the client left before its end.
 */
export async function readBody(
  request: Request,
  maxBytes: number,
  hold: Hold = NO_HOLD,
  idleMs: number = IDLE_TIMEOUT_MS,
): Promise<Uint8Array> {
  const declared = Number(request.headers.get("content-length") ?? 0);
  if (declared > maxBytes) throw tooLarge(maxBytes);
  const coding = request.headers.get("content-encoding")?.trim().toLowerCase() ?? "identity";
  if (!request.body) return new Uint8Array(0);
  if (!CODINGS.has(coding)) {
    throw new ClipError(
      "unsupported_media",
      `Content-Encoding '${coding}' is not read: send gzip, deflate, br or none`,
    );
  }
  const format = CODINGS.get(coding);
  const sent = chunks(request.body, idleMs);
  if (format === undefined) return await collect(sent, maxBytes, declared, hold);
  try {
    const unpacked = ReadableStream.from(sent).pipeThrough(new DecompressionStream(format));
    return await collect(unpacked, maxBytes, 0, hold);
  } catch (thrown) {
    if (thrown instanceof ClipError) throw thrown;
    throw new ClipError("invalid", `The body is not valid ${coding}`, { cause: thrown });
  }
}

/** A body's pieces as they arrive. Gives up when it stands still or its client has left. */
async function* chunks(
  body: ReadableStream<Uint8Array<ArrayBuffer>>,
  idleMs: number,
): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  const reader = body.getReader();
  let idle = false;
  let arrived = false;
  // One timer that looks whether something came, rather than a new one for each piece.
  const watch = setInterval(() => {
    idle = !arrived;
    arrived = false;
    // This lets the pending read end.
    if (idle) reader.cancel().catch(() => {});
  }, idleMs);
  try {
    while (true) {
      const { done, value } = await reader.read();
      if (idle) {
        throw new ClipError("deadline", `The body stood still for ${idleMs} ms: send it again`);
      }
      if (done) return;
      arrived = true;
      yield value;
    }
  } catch (thrown) {
    if (thrown instanceof ClipError) throw thrown;
    const text = "The client left before the end of the body";
    throw new ClipError("cancelled", text, { cause: thrown });
  } finally {
    clearInterval(watch);
    reader.cancel().catch(() => {});
  }
}

async function collect(
  stream: AsyncIterable<Uint8Array>,
  maxBytes: number,
  declared: number,
  hold: Hold,
): Promise<Uint8Array> {
  // With a length declared the bytes are put where they stay, without a second copy.
  const trusted = Math.min(declared, TRUSTED_BYTES);
  hold.grow(trusted);
  let buffer = new Uint8Array(trusted);
  let length = 0;
  for await (const chunk of stream) {
    const end = length + chunk.length;
    if (end > maxBytes) throw tooLarge(maxBytes);
    if (end > buffer.length) {
      const wanted = Math.max(end, declared, 2 * buffer.length, 65_536);
      const size = Math.min(maxBytes, wanted);
      hold.grow(size - buffer.length);
      const larger = new Uint8Array(size);
      larger.set(buffer.subarray(0, length));
      buffer = larger;
    }
    buffer.set(chunk, length);
    length = end;
  }
  return buffer.subarray(0, length);
}

function tooLarge(maxBytes: number): ClipError {
  return new ClipError(
    "too_large",
    `The body is larger than ${maxBytes} bytes ('max_message_bytes')`,
  );
}
