/** Reads a request's body under bounds, through its content coding. */
import { ClipError } from "../../errors.ts";
import type { Reception } from "../admission/receiving.ts";
import { Collector } from "./collector.ts";
import type { HttpExchange } from "./http_exchange.ts";
import { canUnpack, unpack, type UnpackLimits } from "./unpack.ts";

/**
 * The body's bytes, decoded. The reception is complete when all bytes have come.
 * @param limits on what is sent and on what it unpacks to.
 * @param reception hears of what comes, and counts the memory that it takes.
 * @param dropped rejects if the body is given up.
 * @throws {ClipError} "too_large"; "overloaded" by the reception; what `dropped` rejects with;
 * "unsupported_media" for another coding; "invalid" if the coding is broken; "cancelled" if the
 * client left before its end.
 */
export async function readBody(
  exchange: HttpExchange,
  limits: UnpackLimits,
  reception: Reception,
  dropped: Promise<never>,
): Promise<Uint8Array> {
  const { maxBytes } = limits;
  const declared = contentLength(exchange);
  if (declared > maxBytes) throw tooLarge(maxBytes);
  const coding = exchange.header("content-encoding")?.trim().toLowerCase() || "identity";
  const packed = coding !== "identity";
  if (packed && !canUnpack(coding)) {
    throw new ClipError(
      "unsupported_media",
      `Content-Encoding '${coding}' is not read: send gzip, deflate, br or none`,
    );
  }
  const sent = new Collector(declared, reception);
  const pieces = exchange.pieces((piece) => {
    if (sent.length + piece.length > maxBytes) throw tooLarge(maxBytes);
    // Throws if it was given up: nothing more is read then.
    sent.add(piece);
    reception.received(piece.length);
  });
  await Promise.race([pieces, dropped]);
  reception.complete();
  if (!packed) return await sent.bytes();
  const unpacked = await unpack(await sent.bytes(), coding, limits, reception);
  sent.release();
  return unpacked;
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
