import { Buffer } from "node:buffer";
import type { Attack } from "../attack.ts";
import type { RawSocket } from "../raw_socket.ts";
import { drip } from "./crowd.ts";
import { frame, frameHead, OP, webSocket } from "./websocket_frames.ts";

const MIB = 2 ** 20;

/** Frames of hundreds of megabytes that never end. */
export const webSocketUnfinishedFrames: Attack = {
  name: "websocket: 12 unfinished frames of 200 MiB",
  protocol: "websocket",
  seconds: { small: 2, full: 60 },
  async run(attacker) {
    // A test sends as much as must be refused all the same: more than all bodies may hold together.
    const mib = attacker.full ? 200 : 100;
    const piece = new Uint8Array(MIB);
    const sockets: RawSocket[] = [];
    await Promise.all(Array.from({ length: 12 }, async (_, i) => {
      const socket = await webSocket(attacker, { from: `127.0.1.${1 + i}` });
      sockets.push(socket);
      await socket.write(frameHead(OP.BINARY, 250 * MIB));
      for (let sent = 0; sent < mib && await socket.write(piece); sent++);
    }));
    await drip(attacker, sockets, () => "", 1000);
  },
};

/** A message that comes a byte at a time, on many connections. */
export const webSocketSlowFrames: Attack = {
  name: "websocket: frames that drip",
  protocol: "websocket",
  seconds: { small: 1.5, full: 60 },
  async run(attacker) {
    const sockets = await Promise.all(
      Array.from({ length: 300 }, (_, i) => webSocket(attacker, { from: `127.0.1.${1 + i % 8}` })),
    );
    await drip(
      attacker,
      sockets,
      (round) => round === 0 ? frameHead(OP.TEXT, 1_000_000) : " ",
      250,
    );
  },
};

/** Floods on one connection each, of which nothing is read. */
export const webSocketFloods: Attack = {
  name: "websocket: floods of frames",
  protocol: "websocket",
  seconds: { small: 1.5, full: 60 },
  async run(attacker) {
    const many = (count: number, one: Buffer) => Buffer.concat(new Array<Buffer>(count).fill(one));
    const floods: readonly (readonly [string, Buffer, Buffer])[] = [
      ["pings", Buffer.alloc(0), many(1000, frame(OP.PING, Buffer.alloc(125)))],
      [
        "empty fragments",
        frame(OP.TEXT, "", { fin: false }),
        many(5000, frame(OP.CONTINUATION, "", { fin: false })),
      ],
      [
        "fragments of one byte",
        frame(OP.TEXT, "{", { fin: false }),
        many(5000, frame(OP.CONTINUATION, " ", { fin: false })),
      ],
      ["empty messages", Buffer.alloc(0), many(1000, frame(OP.TEXT, ""))],
    ];
    for (const [name, first, piece] of floods) {
      const until = performance.now() + (attacker.full ? 15_000 : 900);
      const socket = await webSocket(attacker, { deaf: true });
      const timer = setTimeout(() => socket.close(), until - performance.now());
      await socket.write(first);
      let goesOn = true;
      while (goesOn && performance.now() < until) goesOn = await socket.write(piece);
      clearTimeout(timer);
      attacker.count(`${name}: ${socket.endedByServer ? "ended" : "borne"}`);
      socket.close();
    }
  },
};

/** Requests whose answers nobody reads. */
export const webSocketSlowReaders: Attack = {
  name: "websocket: answers that nobody reads",
  protocol: "websocket",
  seconds: { small: 1.5, full: 60 },
  async run(attacker) {
    const data = Array.from(
      { length: attacker.full ? 500 : 50 },
      (_, i) => ({ text: `text ${i}` }),
    );
    const message = frame(OP.TEXT, JSON.stringify({ data }));
    const sockets = await Promise.all(
      Array.from({ length: attacker.full ? 20 : 8 }, () => webSocket(attacker, { deaf: true })),
    );
    await drip(attacker, sockets, () => message, 100);
  },
};

/** Frames that break the protocol, and messages that are no requests. */
export const webSocketNonsense: Attack = {
  name: "websocket: nonsense",
  protocol: "websocket",
  seconds: { small: 1.5, full: 20 },
  async run(attacker) {
    const all: readonly Buffer[] = [
      Buffer.of(0x81, 2, 123, 125),
      frame(OP.TEXT | 0x40, "{}"),
      frame(3, "{}"),
      frame(OP.TEXT, Buffer.of(0xff, 0xfe)),
      frameHead(OP.TEXT, 2 ** 53 - 1),
      frameHead(OP.TEXT, 257 * MIB),
      frame(OP.PING, Buffer.alloc(200)),
      frame(OP.CONTINUATION, "abc"),
      frame(OP.CLOSE, "a"),
      frame(OP.CLOSE, Buffer.of(3, 237)),
      frame(OP.BINARY, Buffer.alloc(20, 0xff)),
      frame(OP.TEXT, "[]"),
      frame(OP.TEXT, `{"parameters":${'{"a":'.repeat(5000)}1${"}".repeat(5001)}`),
      frame(OP.BINARY, Buffer.from("abc")),
      frame(OP.TEXT, `{"data":[${"{},".repeat(100_000)}{}]}`),
    ];
    for (let round = 0; !attacker.signal.aborted; round++) {
      const socket = await webSocket(attacker);
      await socket.write(all[round % all.length]!);
      await attacker.pause(20);
      attacker.count(socket.endedByServer ? "ended" : "answered or waits");
      socket.close();
    }
  },
};

/** Connections that ask nothing. */
export const webSocketIdle: Attack = {
  name: "websocket: 500 idle connections",
  protocol: "websocket",
  seconds: { small: 1.5, full: 40 },
  async run(attacker) {
    const sockets: RawSocket[] = [];
    for (let i = 0; i < 500; i++) {
      sockets.push(await webSocket(attacker, { from: `127.0.1.${1 + i % 8}` }));
    }
    await drip(attacker, sockets, () => "", 1000);
  },
};
