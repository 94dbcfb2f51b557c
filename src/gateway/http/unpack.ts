/** Content codings of bodies, undone under bounds and in slices. */
import { Buffer } from "node:buffer";
import { createBrotliDecompress, createGunzip, createInflate } from "node:zlib";
import { ClipError } from "../../errors.ts";
import { Pace } from "../../pace.ts";
import { maxUnpacked } from "../admission/expansion.ts";
import type { Hold } from "../admission/held_bytes.ts";
import { Collector } from "./collector.ts";

/** What is unpacked at one go: the fastest of those that were tried. */
const PIECE_BYTES = 64 * 1024;

/** The codings (RFC 9110, section 8.4.1) that are read. */
const UNPACKERS = new Map([
  ["gzip", createGunzip],
  ["x-gzip", createGunzip],
  ["deflate", createInflate],
  ["br", createBrotliDecompress],
]);

/** Bounds on what a body unpacks to. */
export interface UnpackLimits {
  /** `max_message_bytes`. */
  maxBytes: number;
  /** `max_unpacked_ratio`: to what was sent, as `maxUnpacked` has it. */
  maxRatio: number;
}

/** Whether a content coding, in small letters, can be undone. */
export function canUnpack(coding: string): boolean {
  return UNPACKERS.has(coding);
}

/**
 * Undoes a content coding. A gzip body may have several members (RFC 1952, section 2.2).
 * @param coding one that `canUnpack`.
 * @throws {ClipError} "too_large" beyond the limits; "overloaded" by `hold`; "invalid" if it is
 * broken, not whole, or followed by something else.
 */
export async function unpack(
  packed: Uint8Array,
  coding: string,
  { maxBytes, maxRatio }: UnpackLimits,
  hold: Hold,
): Promise<Uint8Array> {
  const most = maxUnpacked(packed.length, maxBytes, maxRatio);
  const collector = new Collector(0, hold);
  const stream = UNPACKERS.get(coding)!({ chunkSize: PIECE_BYTES });
  const gzip = coding.endsWith("gzip");
  const pace = new Pace();
  try {
    stream.write(Buffer.from(packed.buffer, packed.byteOffset, packed.byteLength));
    // gzip itself tells what is cut short or has something behind it. The others do not (Deno 2.9.6):
    // of one byte more than there is, none is read by what has ended, and it by what has not.
    stream.end(gzip ? undefined : Buffer.alloc(1));
    for await (const piece of stream as AsyncIterable<Uint8Array>) {
      if (collector.length + piece.length > most) throw tooLarge(most, maxBytes);
      collector.add(piece);
      if (pace.due) await pace.breathe();
    }
    if (!gzip && stream.bytesWritten !== packed.length) throw new Error("it has another end");
  } catch (thrown) {
    collector.release();
    if (thrown instanceof ClipError) throw thrown;
    throw new ClipError("invalid", `The body is not valid ${coding}`, { cause: thrown });
  } finally {
    stream.destroy();
  }
  return await collector.bytes();
}

function tooLarge(most: number, maxBytes: number): ClipError {
  return new ClipError(
    "too_large",
    most === maxBytes
      ? `The body unpacks to more than ${maxBytes} bytes ('max_message_bytes')`
      : `The body unpacks to more than ${most} bytes, out of proportion to what was sent ` +
        "('max_unpacked_ratio'): send it less packed, or in parts",
  );
}
