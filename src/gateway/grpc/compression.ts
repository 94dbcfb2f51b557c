/**
 * Packed gRPC answers, which grpc-js's server has no option for: it always writes the flag of an
 * unpacked message and then has the message copied in behind it. A packed message sets the flag
 * when it is copied.
 */
import type { Buffer } from "node:buffer";
import { promisify } from "node:util";
import { constants, deflate, gzip } from "node:zlib";
import { Metadata } from "@grpc/grpc-js";
import type { GatewayConfig } from "../../flow/config.ts";

/** How answers are packed. */
export interface AnswerPacking {
  /** Headers that name the coding to the client. */
  metadata(): Metadata;
  /** The message, packed if it is worth it. */
  pack(message: Uint8Array): Promise<Uint8Array | PackedMessage>;
}

/** Messages below this are sent as they are. */
const MIN_PACKED_BYTES = 1024;

const CODINGS = {
  Gzip: { name: "gzip", pack: promisify<Uint8Array, object, Buffer>(gzip) },
  Deflate: { name: "deflate", pack: promisify<Uint8Array, object, Buffer>(deflate) },
};

/**
 * The flow's wish for answers; undefined for unpacked ones. It is the flow's alone: grpc-js does not
 * tell what a client accepts. All clients on C-core (Python among them), Java's and Node's do.
 */
export function answerPacking(
  compression: GatewayConfig["compression"],
): AnswerPacking | undefined {
  if (compression === "NoCompression") return undefined;
  const { name, pack } = CODINGS[compression];
  return {
    metadata() {
      const metadata = new Metadata();
      metadata.set("grpc-encoding", name);
      return metadata;
    },
    async pack(message) {
      if (message.length < MIN_PACKED_BYTES) return message;
      return new PackedMessage(await pack(message, { level: constants.Z_BEST_SPEED }));
    },
  };
}

/** A packed message in the place of a `Buffer`: it has what grpc-js's framing uses of one. */
export class PackedMessage {
  readonly #bytes: Buffer;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  get byteLength(): number {
    return this.#bytes.length;
  }

  /** Copies the message behind its frame's head, and marks it there as packed. */
  copy(frame: Uint8Array, start: number): number {
    frame[0] = 1;
    return this.#bytes.copy(frame, start);
  }
}
