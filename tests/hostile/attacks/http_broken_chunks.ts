import type { Attack } from "../attack.ts";
import { crowd } from "./crowd.ts";

const HEAD =
  "POST /encode HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n";
const BROKEN = [
  "-1\r\n{}\r\n",
  "zz\r\n",
  "2\r\n{}{}{}\r\n0\r\n\r\n",
  "ffffffffffffffff\r\n{",
  "5;x",
];

/** Chunk sizes that are none, on connections that stay open: what lingers must end in peace. */
export const httpBrokenChunks: Attack = {
  name: "http: broken chunks",
  protocol: "http",
  // A server that lingers on broken connections gives them up after a minute.
  seconds: { small: 1.5, full: 75 },
  async run(attacker) {
    const sockets = await crowd(attacker, attacker.target.http, 60);
    await Promise.all(sockets.map(async (socket, i) => {
      await socket.write(HEAD + BROKEN[i % BROKEN.length]!);
      const text = await socket.until((text) => text.includes("\r\n\r\n"));
      attacker.count(`HTTP ${/^HTTP\/1\.1 (\d+)/.exec(text)?.[1] ?? "closed"}`);
      // Some go on to send, some leave, some stay.
      if (i % 3 === 0) await socket.write("0\r\n\r\n");
      if (i % 3 === 1) socket.close();
    }));
    await attacker.pause(1e9);
  },
};
