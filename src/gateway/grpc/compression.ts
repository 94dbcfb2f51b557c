/** Packed gRPC answers, and messages in their frames. */
import { Buffer } from "node:buffer";
import { promisify } from "node:util";
import { constants, deflate, gzip } from "node:zlib";
import type { GatewayConfig } from "../../flow/config.ts";

/** How answers are packed. */
export interface AnswerPacking {
  /** The coding, as `grpc-encoding` has it. */
  readonly name: string;
  /** Whether a client with this `grpc-accept-encoding` reads it. */
  readBy(accepted: string): boolean;
  /** The message packed; undefined if it is not worth it. */
  pack(message: Uint8Array): Promise<Uint8Array | undefined>;
}

/** Messages below this are sent as they are. */
const MIN_PACKED_BYTES = 1024;

/** A flag and the length. */
const HEAD_BYTES = 5;

const CODINGS = {
  Gzip: { name: "gzip", pack: promisify<Uint8Array, object, Buffer>(gzip) },
  Deflate: { name: "deflate", pack: promisify<Uint8Array, object, Buffer>(deflate) },
};

/** The flow's wish for answers; undefined for unpacked ones. */
export function answerPacking(
  compression: GatewayConfig["compression"],
): AnswerPacking | undefined {
  if (compression === "NoCompression") return undefined;
  const { name, pack } = CODINGS[compression];
  return {
    name,
    readBy: (accepted) => accepted.split(",").some((coding) => coding.trim() === name),
    async pack(message) {
      if (message.length < MIN_PACKED_BYTES) return undefined;
      return await pack(message, { level: constants.Z_BEST_SPEED });
    },
  };
}

/**
 * The pieces of a message's frame; a small one is one piece.
 * @param sliceBytes the most that the next piece may have; it is asked for each.
 */
export function* frameMessage(
  message: Uint8Array,
  packed: boolean,
  sliceBytes: () => number,
): Generator<Uint8Array> {
  const first = Math.min(message.length, sliceBytes() - HEAD_BYTES);
  // A small one is of Node's pool, which costs half as much as one of its own.
  const piece = Buffer.allocUnsafe(HEAD_BYTES + first);
  piece[0] = packed ? 1 : 0;
  piece.writeUInt32BE(message.length, 1);
  piece.set(message.subarray(0, first), HEAD_BYTES);
  yield piece;
  for (let at = first; at < message.length;) {
    const from = at;
    at += sliceBytes();
    yield message.subarray(from, at);
  }
}
