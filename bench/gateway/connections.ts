/** Connections of the gateway bench's clients: each sends bytes that are ready and counts what comes. */
import { Buffer } from "node:buffer";
import { Client, credentials } from "@grpc/grpc-js";
// @ts-types="@types/ws"
import { WebSocket } from "ws";
import type { AskedConnection } from "./drive.ts";
import { RawHttpConnection, rawRequest } from "./raw_http.ts";
import type { GatewayProtocol } from "./requests.ts";

/** A connection; what it is asked is a message. */
export type Connection = AskedConnection<Uint8Array>;

/**
 * Connects to a port of `127.0.0.1`.
 * @param sampled of HTTP requests so many in ten belong to a trace that is sampled, and the others to
 * one that is not; undefined: to none.
 */
export function connect(
  protocol: GatewayProtocol,
  port: number,
  sampled?: number,
): Promise<Connection> {
  if (protocol === "http") return connectHttp(port, sampled);
  return protocol === "grpc" ? connectGrpc(port) : connectWebSocket(port);
}

const PARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331";

async function connectHttp(port: number, sampled?: number): Promise<Connection> {
  const connection = await RawHttpConnection.open(port);
  const requests = { "00": new Map<Uint8Array, Uint8Array>(), "01": new Map() };
  let asked = Math.floor(Math.random() * 10);
  return {
    async ask(message) {
      const flags = asked++ % 10 < (sampled ?? 0) ? "01" : "00";
      let request = requests[flags].get(message);
      if (!request) {
        requests[flags].set(
          message,
          request = rawRequest("127.0.0.1", "/post", message, {
            "content-type": "application/json",
            ...(sampled === undefined ? {} : { traceparent: `${PARENT}-${flags}` }),
          }),
        );
      }
      const { status, bytes } = await connection.ask(request!);
      if (status !== 200) throw new Error(`HTTP was answered with ${status}`);
      return bytes;
    },
    close: () => connection.close(),
  };
}

/** Jina's stream of requests; answers are told apart by nothing: each is somebody's. */
function connectGrpc(port: number): Promise<Connection> {
  const client = new Client(`127.0.0.1:${port}`, credentials.createInsecure(), {
    "grpc.max_receive_message_length": -1,
    "grpc.max_send_message_length": -1,
    "grpc.use_local_subchannel_pool": 1,
  });
  const stream = client.makeBidiStreamRequest<Uint8Array, Buffer>(
    "/jina.JinaRPC/Call",
    (bytes) => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength),
    (bytes) => bytes,
  );
  const waiting = new Waiting();
  stream.on("data", (bytes: Buffer) => waiting.answer(bytes.length));
  stream.on("error", (error: Error) => waiting.fail(error));
  return Promise.resolve({
    ask(message) {
      const answer = waiting.next();
      stream.write(message);
      return answer;
    },
    close() {
      stream.cancel();
      client.close();
    },
  });
}

async function connectWebSocket(port: number): Promise<Connection> {
  const socket = new WebSocket(`ws://127.0.0.1:${port}/`, "bytes", { perMessageDeflate: false });
  const waiting = new Waiting();
  await new Promise((resolve, reject) => socket.on("open", resolve).on("error", reject));
  socket.on("message", (bytes: Buffer) => waiting.answer(bytes.length));
  socket.on("close", () => waiting.fail(new Error("The server closed the WebSocket")));
  return {
    ask(message) {
      const answer = waiting.next();
      socket.send(message);
      return answer;
    },
    close: () => socket.terminate(),
  };
}

/** Who waits for an answer of a stream, in order. */
class Waiting {
  readonly #waiting: { resolve: (size: number) => void; reject: (error: Error) => void }[] = [];

  next(): Promise<number> {
    return new Promise((resolve, reject) => this.#waiting.push({ resolve, reject }));
  }

  answer(size: number): void {
    this.#waiting.shift()?.resolve(size);
  }

  fail(error: Error): void {
    for (const { reject } of this.#waiting.splice(0)) reject(error);
  }
}
