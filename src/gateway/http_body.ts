/** Reads a request's body under a limit, through its content coding. */
import { ClipError } from "../errors.ts";

/** Content codings that are read (RFC 9110, section 8.4.1), as DecompressionStream names them. */
const CODINGS: Record<string, CompressionFormat> = {
  "gzip": "gzip",
  "x-gzip": "gzip",
  "deflate": "deflate",
  "br": "brotli" as CompressionFormat,
};

/**
 * The body's bytes, decoded.
 * @param maxBytes bound on what is sent and on what it unpacks to.
 * @throws {ClipError} "too_large"; "unsupported_media" for another coding; "invalid" if the coding
 * is broken.
 */
export async function readBody(request: Request, maxBytes: number): Promise<Uint8Array> {
  const declared = Number(request.headers.get("content-length") ?? 0);
  if (declared > maxBytes) throw tooLarge(maxBytes);
  const coding = request.headers.get("content-encoding")?.trim().toLowerCase() ?? "identity";
  if (!request.body) return new Uint8Array(0);
  if (coding === "" || coding === "identity") {
    return await collect(request.body, maxBytes, declared);
  }
  const format = CODINGS[coding];
  if (!format) {
    throw new ClipError(
      "unsupported_media",
      `Content-Encoding '${coding}' is not read: send gzip, deflate, br or none`,
    );
  }
  const unpacked = request.body.pipeThrough(new DecompressionStream(format));
  try {
    return await collect(unpacked, maxBytes, 0);
  } catch (thrown) {
    if (thrown instanceof ClipError) throw thrown;
    throw new ClipError("invalid", `The body is not valid ${coding}`, { cause: thrown });
  }
}

async function collect(
  stream: ReadableStream<Uint8Array>,
  maxBytes: number,
  declared: number,
): Promise<Uint8Array> {
  // With a length declared the bytes are put where they stay, without a second copy.
  let buffer = new Uint8Array(declared);
  let length = 0;
  for await (const chunk of stream) {
    const end = length + chunk.length;
    if (end > maxBytes) throw tooLarge(maxBytes);
    if (end > buffer.length) {
      const larger = new Uint8Array(Math.min(maxBytes, Math.max(end, 2 * buffer.length, 65_536)));
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
