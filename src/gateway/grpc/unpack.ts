/** Unpacks a message piece by piece, so that what it becomes is bounded while it becomes it. */
import { Readable } from "node:stream";
import { createGunzip, createInflate } from "node:zlib";
import { ClipError } from "../../errors.ts";
import { Pace } from "../../pace.ts";
import type { Hold } from "../admission/held_bytes.ts";
import { join } from "./message_assembly.ts";
import { PackedFlagError } from "./status.ts";

/** Input is given in slices of this size, and output comes in such. */
const SLICE_BYTES = 2 ** 16;

/** Message codings that are read, by their names in `grpc-encoding`. */
const CODINGS = new Map([["gzip", createGunzip], ["deflate", createInflate]]);

/** Names of all codings that are read, for `grpc-accept-encoding`. */
export const ACCEPTED_CODINGS = ["identity", ...CODINGS.keys()].join(",");

/**
 * The message, unpacked.
 * @param coding the call's `grpc-encoding`.
 * @param maxBytes bound on what it becomes.
 * @param hold grows by what it becomes.
 * @throws {ClipError} "unsupported_media", "invalid", "too_large", or what `hold` throws.
 */
export async function unpack(
  packed: readonly Uint8Array[],
  coding: string,
  maxBytes: number,
  hold: Hold,
): Promise<Uint8Array> {
  if (coding === "identity") throw new PackedFlagError();
  const make = CODINGS.get(coding);
  if (!make) {
    throw new ClipError(
      "unsupported_media",
      `Messages in '${coding}' are not read: send gzip, deflate or identity`,
    );
  }
  const pace = new Pace();
  const unpacker = make({ chunkSize: SLICE_BYTES });
  const source = Readable.from(slices(packed));
  const pieces: Uint8Array[] = [];
  let length = 0;
  try {
    for await (const piece of source.pipe(unpacker)) {
      length += piece.length;
      if (length > maxBytes) {
        throw new ClipError(
          "too_large",
          `The message unpacks to more than ${maxBytes} bytes ('max_message_bytes', ` +
            "'max_unpacked_ratio'): send it less packed, or in parts",
        );
      }
      hold.grow(piece.length);
      pieces.push(piece);
      if (pace.due) await pace.breathe();
    }
  } catch (thrown) {
    if (thrown instanceof ClipError) throw thrown;
    throw new ClipError("invalid", `The message is not valid ${coding}`, { cause: thrown });
  } finally {
    source.destroy();
    unpacker.destroy();
  }
  return await join(pieces, length);
}

function* slices(pieces: readonly Uint8Array[]): Generator<Uint8Array> {
  for (const piece of pieces) {
    for (let at = 0; at < piece.length; at += SLICE_BYTES) {
      yield piece.subarray(at, at + SLICE_BYTES);
    }
  }
}
