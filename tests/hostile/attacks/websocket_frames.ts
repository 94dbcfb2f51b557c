/** WebSocket's frames as bytes (RFC 6455, section 5.2), and connections that send them. */
import { Buffer } from "node:buffer";
import type { Attacker } from "../attack.ts";
import type { RawSocket, SocketOptions } from "../raw_socket.ts";

/** Opcodes. */
export const OP = { CONTINUATION: 0, TEXT: 1, BINARY: 2, CLOSE: 8, PING: 9 } as const;

/** The head of a frame, masked with zeros, of so many bytes. */
export function frameHead(op: number, length: number, { fin = true } = {}): Buffer {
  const first = (fin ? 0x80 : 0) | op;
  if (length < 126) return Buffer.of(first, 0x80 | length, 0, 0, 0, 0);
  if (length < 65_536) {
    return Buffer.of(first, 0x80 | 126, length >> 8, length & 255, 0, 0, 0, 0);
  }
  const head = Buffer.alloc(14);
  head[0] = first;
  head[1] = 0x80 | 127;
  head.writeBigUInt64BE(BigInt(length), 2);
  return head;
}

/** A whole frame. */
export function frame(op: number, payload: Uint8Array | string, options = {}): Buffer {
  const bytes = Buffer.from(payload as Uint8Array);
  return Buffer.concat([frameHead(op, bytes.length, options), bytes]);
}

/** Connects, and waits for the handshake's end. */
export async function webSocket(
  attacker: Attacker,
  options: SocketOptions = {},
): Promise<RawSocket> {
  const socket = await attacker.connect(attacker.target.websocket, options);
  await socket.write(
    "GET / HTTP/1.1\r\nhost: x\r\nupgrade: websocket\r\nconnection: Upgrade\r\n" +
      "sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\nsec-websocket-version: 13\r\n\r\n",
  );
  if (!options.deaf) await socket.until((text) => text.includes("\r\n\r\n"));
  return socket;
}
