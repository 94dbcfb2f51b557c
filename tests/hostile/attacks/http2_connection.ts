/** Connections to the gRPC port that speak HTTP/2 as frames. */
import { Buffer } from "node:buffer";
import type { Attacker } from "../attack.ts";
import { FLAG, FRAME, frameBytes, settings } from "../../support/http2_wire.ts";
import type { RawSocket, SocketOptions } from "../raw_socket.ts";

/** The path of unary requests. */
export const UNARY = "/jina.JinaSingleDataRequestRPC/process_single_data";
/** The path of streams. */
export const STREAM = "/jina.JinaRPC/Call";

/** The connection preface (RFC 9113, section 3.4). */
export const PREFACE = Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");

/** Connects, and says so; the server's settings are acknowledged without having been read. */
export async function grpcConnection(
  attacker: Attacker,
  values: Readonly<Record<number, number>> = {},
  options: SocketOptions = {},
): Promise<RawSocket> {
  const socket = await attacker.connect(attacker.target.grpc, options);
  await socket.write(Buffer.concat([
    PREFACE,
    frameBytes(FRAME.SETTINGS, settings(values)),
    frameBytes(FRAME.SETTINGS, Buffer.alloc(0), FLAG.ACK),
  ]));
  return socket;
}
