import type { Attack } from "../attack.ts";
import { crowd, drip } from "./crowd.ts";

const head = (length: number) =>
  `POST /encode HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n` +
  `content-length: ${length}\r\n\r\n`;

/** Headers, and then nothing: more requests than have a place inside. */
export const httpUnfinishedBodies: Attack = {
  name: "http: 1200 requests without their bodies",
  protocol: "http",
  seconds: { small: 1.5, full: 60 },
  async run(attacker) {
    const sockets = await crowd(attacker, attacker.target.http, 1200);
    await drip(attacker, sockets, (round) => round === 0 ? `${head(1_000_000)}{` : "", 1000);
  },
};

/** Headers that never end, a line at a time. */
export const httpSlowHeaders: Attack = {
  name: "http: headers that never end",
  protocol: "http",
  seconds: { small: 1.5, full: 60 },
  async run(attacker) {
    const sockets = await crowd(attacker, attacker.target.http, 400);
    const begin = "POST /encode HTTP/1.1\r\nhost: x\r\n";
    await drip(attacker, sockets, (round) => round === 0 ? begin : `x-${round}: y\r\n`, 250);
  },
};

/** Bodies that come a byte at a time. */
export const httpSlowBodies: Attack = {
  name: "http: bodies that drip",
  protocol: "http",
  seconds: { small: 1.5, full: 60 },
  async run(attacker) {
    const sockets = await crowd(attacker, attacker.target.http, 400);
    await drip(attacker, sockets, (round) => round === 0 ? `${head(1_000_000)}{` : " ", 250);
  },
};

/** Requests whose answers are large, and nobody reads them. */
export const httpSlowReaders: Attack = {
  name: "http: answers that nobody reads",
  protocol: "http",
  seconds: { small: 1.5, full: 60 },
  async run(attacker) {
    const count = attacker.full ? 40 : 10;
    const sockets = await crowd(attacker, attacker.target.http, count, { deaf: true });
    // Echoed as it is, with one short text to compute.
    const tag = "x".repeat(attacker.full ? 4_000_000 : 1_000_000);
    const body = JSON.stringify({ data: [{ text: "a red circle", tags: { tag } }] });
    const request = new TextEncoder().encode(head(body.length) + body);
    await drip(attacker, sockets, () => request, attacker.full ? 500 : 200);
  },
};
