import { Buffer } from "node:buffer";
import type { Attack } from "../attack.ts";
import { crowd, drip } from "./crowd.ts";

/** The head of a TLS record with a ClientHello of 512 bytes (RFC 8446, section 5.1), and its first two. */
const HALF_A_HELLO = Buffer.of(0x16, 3, 1, 2, 0, 1, 0);

/** Handshakes that stop after the first bytes. */
export const tlsHandshakesThatStop: Attack = {
  name: "tls: handshakes that stop",
  protocol: "tls",
  ground: "tls",
  seconds: { small: 1.5, full: 60 },
  async run(attacker) {
    const { http, grpc, websocket } = attacker.target;
    const sockets = (await Promise.all(
      [http, grpc, websocket].map((port) => crowd(attacker, port, 150)),
    )).flat();
    await drip(
      attacker,
      sockets,
      (round) => round === 0 ? HALF_A_HELLO : Buffer.of(0),
      attacker.full ? 1000 : 500,
    );
  },
};

/** More connections than the process may have descriptors. */
export const allDescriptors: Attack = {
  name: "connections: every descriptor taken",
  protocol: "http",
  ground: "few-descriptors",
  seconds: { small: 1.5, full: 20 },
  excused: "nobody can be let in by a process that has no descriptors",
  async run(attacker) {
    const { http, grpc, websocket } = attacker.target;
    const sockets = (await Promise.all(
      [http, grpc, websocket].map((port) => crowd(attacker, port, 150)),
    )).flat();
    await drip(attacker, sockets, () => "", 500);
  },
};
