/** Ports of a server, attacked through real sockets. */
import assert from "node:assert/strict";
import { openGateways, type TestGateways } from "../support/gateways.ts";
import { settings } from "../support/http2_wire.ts";
import type { Target, TargetMaker } from "./target.ts";

/** How long an answer is waited for before the connection is left: servers may wait longer. */
const PATIENCE_MS = 20;

/** Raw bytes to the HTTP port, to the WebSocket port behind its handshake, and to the gRPC port. */
export const PORTS: readonly TargetMaker[] = [
  port("http", () => []),
  port("websocket", () => [utf8(
    "GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n" +
      "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n\r\n",
  )]),
  port("grpc", () => [utf8("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"), settings({})]),
];

function port(name: "http" | "websocket" | "grpc", hello: () => Uint8Array[]): TargetMaker {
  return {
    name,
    async open(): Promise<Target> {
      const gateways = await openGateways({
        protocol: name === "http" ? name : `[${name}, http]`,
      });
      const url = new URL(gateways.url(name).replace(/^grpc/, "http"));
      return {
        name,
        run: (input) => converse(Number(url.port), [...hello(), input]),
        expected: () => false,
        probe: () => assertServed(gateways),
        close: () => gateways[Symbol.asyncDispose](),
      };
    },
  };
}

/** Says it all, hears what comes at once, and leaves. */
async function converse(port: number, pieces: Uint8Array[]): Promise<void> {
  const conn = await Deno.connect({ hostname: "127.0.0.1", port });
  const timer = setTimeout(() => conn.close(), PATIENCE_MS);
  try {
    for (const piece of pieces) {
      for (let at = 0; at < piece.length;) at += await conn.write(piece.subarray(at));
    }
    const buffer = new Uint8Array(16_384);
    while (await conn.read(buffer) !== null);
  } catch {
    /* the server has closed it, or the patience is over */
  } finally {
    clearTimeout(timer);
    try {
      conn.close();
    } catch { /* it is closed */ }
  }
}

async function assertServed(gateways: TestGateways): Promise<void> {
  const response = await fetch(`${gateways.url("http")}/post`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ data: [{ text: "x" }], execEndpoint: "/" }),
  });
  assert.equal(response.status, 200, await response.text());
}

function utf8(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}
