import { Buffer } from "node:buffer";
import type { Attack } from "../attack.ts";
import { callHeaders, FLAG, FRAME, frameBytes, SETTING } from "../../support/http2_wire.ts";
import type { RawSocket } from "../raw_socket.ts";
import { drip } from "./crowd.ts";
import { grpcConnection, STREAM, UNARY } from "./http2_connection.ts";

const call = (id: number, path = UNARY) =>
  frameBytes(FRAME.HEADERS, callHeaders(path), FLAG.END_HEADERS, id);
const ids = (count: number) => Array.from({ length: count }, (_, i) => 2 * i + 1);

/** Calls that send no message: more than have a place inside. */
export const grpcUnfinishedCalls: Attack = {
  name: "grpc: 1000 calls without a message on one connection",
  protocol: "grpc",
  seconds: { small: 1.5, full: 60 },
  async run(attacker) {
    const socket = await grpcConnection(attacker);
    await socket.write(Buffer.concat(ids(1000).map((id) => call(id))));
    await drip(attacker, [socket], () => "", 1000);
  },
};

/** The same on many connections, from several addresses. */
export const grpcUnfinishedEverywhere: Attack = {
  name: "grpc: 12 connections of 100 calls without a message",
  protocol: "grpc",
  seconds: { small: 1.5, full: 60 },
  async run(attacker) {
    const sockets: RawSocket[] = [];
    for (let i = 0; i < 12; i++) {
      const socket = await grpcConnection(attacker, {}, { from: `127.0.1.${1 + i % 4}` });
      const path = i % 2 === 0 ? UNARY : STREAM;
      await socket.write(Buffer.concat(ids(100).map((id) => call(id, path))));
      sockets.push(socket);
    }
    await drip(attacker, sockets, () => "", 1000);
  },
};

/** Messages that come a byte at a time. */
export const grpcSlowMessages: Attack = {
  name: "grpc: messages that drip",
  protocol: "grpc",
  seconds: { small: 1.5, full: 60 },
  async run(attacker) {
    const sockets: RawSocket[] = [];
    for (let i = 0; i < 4; i++) {
      const socket = await grpcConnection(attacker);
      await socket.write(Buffer.concat(ids(100).map((id) => call(id))));
      sockets.push(socket);
    }
    const begin = Buffer.of(0, 0, 16, 0, 0);
    await drip(
      attacker,
      sockets,
      (round) =>
        Buffer.concat(
          ids(100).map((id) => frameBytes(FRAME.DATA, round === 0 ? begin : Buffer.of(0), 0, id)),
        ),
      500,
    );
  },
};

/** Answers that may not be sent, because their window is closed. */
export const grpcClosedWindow: Attack = {
  name: "grpc: answers into a closed window",
  protocol: "grpc",
  seconds: { small: 1.5, full: 60 },
  async run(attacker) {
    const texts = Buffer.concat(
      Array.from({ length: 100 }, (_, i) => {
        const text = Buffer.from(`text ${i}`);
        const doc = Buffer.concat([Buffer.of(0x22, text.length), text]);
        return Buffer.concat([Buffer.of(0x0a, doc.length), doc]);
      }),
    );
    const varint = (value: number) => Buffer.of(value % 128 + 128, value >> 7);
    const docs = Buffer.concat([Buffer.of(0x0a), varint(texts.length), texts]);
    const message = Buffer.concat([Buffer.of(0x22), varint(docs.length), docs]);
    const prefix = Buffer.alloc(5);
    prefix.writeUInt32BE(message.length, 1);
    const data = Buffer.concat([prefix, message]);
    const sockets: RawSocket[] = [];
    for (let i = 0; i < (attacker.full ? 10 : 2); i++) {
      const socket = await grpcConnection(attacker, { [SETTING.INITIAL_WINDOW_SIZE]: 0 });
      await socket.write(Buffer.concat(
        ids(attacker.full ? 100 : 20)
          .flatMap((id) => [call(id), frameBytes(FRAME.DATA, data, FLAG.END_STREAM, id)]),
      ));
      sockets.push(socket);
    }
    await drip(attacker, sockets, () => "", 1000);
  },
};
