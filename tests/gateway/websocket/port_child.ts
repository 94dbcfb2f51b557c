/** A program that asks the client of a WebSocket every 400 ms whether it is there, and tells. */
import type { IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
// @ts-types="@types/ws"
import { type WebSocket, WebSocketServer } from "ws";
import { WebSocketPort } from "../../../src/gateway/websocket/port.ts";
import { openHanded } from "../../support/http_exchange.ts";

const say = (text: string) => Deno.stdout.writeSync(new TextEncoder().encode(`${text}\n`));

const server = new WebSocketServer({ host: "127.0.0.1", port: 0 });
server.on("listening", () => say(`port ${(server.address() as AddressInfo).port}`));
server.on("connection", (socket: WebSocket, { socket: raw }: IncomingMessage) => {
  const { receiving } = openHanded();
  const peer = { connection: raw, address: "127.0.0.1" };
  const port = new WebSocketPort(socket, () => false, { raw, peer, receiving }, 400);
  socket.on("close", () => say("left"));
  // What nobody asks for is not read, and answers neither.
  port.read();
});
