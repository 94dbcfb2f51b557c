/** Light clients: bodies go out as they are, answers are told apart and not read. */
import { Buffer } from "node:buffer";
import { Agent, request } from "node:http";
import { type ClientHttp2Session, connect } from "node:http2";
import { newId } from "../../src/dialects/jina/document/document_id.ts";
import { encodeRequestProto } from "../../src/dialects/jina/proto/request.ts";

/** What the load is sent by. */
export type WireName = "http" | "grpc" | "websocket";

/** What became of a request. */
export interface WireAnswer {
  outcome: "answered" | "refused" | "failed";
  /** Of a refusal. */
  retryAfterS?: number;
  reason?: string;
}

/** Sends requests of texts. */
export interface Wire {
  send(texts: readonly string[]): Promise<WireAnswer>;
  close(): void;
}

/** Streams that a server lets a connection have. */
const STREAMS_PER_CONNECTION = 90;
/** Connections that WebSocket messages are spread over. */
const SOCKETS = 32;

/** Opens a wire to an address such as `127.0.0.1:51000`. */
export async function openWire(name: WireName, address: string): Promise<Wire> {
  if (name === "http") return httpWire(address);
  if (name === "grpc") return grpcWire(address);
  return await webSocketWire(address);
}

function jsonBody(texts: readonly string[]): string {
  return JSON.stringify({ data: texts.map((text) => ({ text })), execEndpoint: "/" });
}

function httpWire(address: string): Wire {
  const [host, port] = address.split(":") as [string, string];
  const agent = new Agent({ keepAlive: true });
  return {
    send: (texts) =>
      new Promise((resolve) => {
        const body = jsonBody(texts);
        const headers = {
          "content-type": "application/json",
          "content-length": Buffer.byteLength(body),
        };
        const sent = request({ host, port, agent, method: "POST", path: "/post", headers });
        sent.on("response", (response) => {
          response.resume();
          response.on("end", () => {
            if (response.statusCode === 200) return resolve({ outcome: "answered" });
            if (response.statusCode !== 503) {
              return resolve({ outcome: "failed", reason: `status ${response.statusCode}` });
            }
            resolve({
              outcome: "refused",
              retryAfterS: Number(response.headers["retry-after"] ?? NaN),
            });
          });
        });
        sent.on("error", (error) => resolve({ outcome: "failed", reason: String(error) }));
        sent.end(body);
      }),
    close: () => agent.destroy(),
  };
}

function grpcWire(address: string): Wire {
  const sessions: { session: ClientHttp2Session; open: number }[] = [];
  const roomy = () => {
    const found = sessions.find(({ open }) => open < STREAMS_PER_CONNECTION);
    if (found) return found;
    const session = connect(`http://${address}`);
    session.on("error", () => {});
    sessions.push({ session, open: 0 });
    return sessions.at(-1)!;
  };
  return {
    send: (texts) =>
      new Promise((resolve) => {
        const docs = texts.map((text) => ({ id: newId(), text }));
        const message = encodeRequestProto(
          {
            requestId: newId(),
            docs,
            execEndpoint: "/",
            parameters: {},
          } as unknown as Parameters<typeof encodeRequestProto>[0],
        );
        const frame = Buffer.alloc(5 + message.length);
        frame.writeUInt32BE(message.length, 1);
        frame.set(message, 5);
        const own = roomy();
        own.open++;
        const stream = own.session.request({
          ":method": "POST",
          ":path": "/jina.JinaSingleDataRequestRPC/process_single_data",
          "content-type": "application/grpc",
          te: "trailers",
        });
        let status: unknown;
        let details = "";
        const told = (headers: Record<string, unknown>) => {
          status = headers["grpc-status"] ?? status;
          details = String(headers["grpc-message"] ?? details);
        };
        stream.on("response", told);
        stream.on("trailers", told);
        stream.on("error", () => {});
        stream.on("close", () => {
          own.open--;
          if (Number(status) === 0) return resolve({ outcome: "answered" });
          if (Number(status) === 8) return resolve({ outcome: "refused" });
          resolve({ outcome: "failed", reason: `status ${status}: ${details}` });
        });
        stream.resume();
        stream.end(frame);
      }),
    close: () => {
      for (const { session } of sessions) session.destroy();
    },
  };
}

async function webSocketWire(address: string): Promise<Wire> {
  interface One {
    socket: WebSocket;
    waiting: ((answer: WireAnswer) => void)[];
  }
  const all = await Promise.all(Array.from({ length: SOCKETS }, async () => {
    const socket = new WebSocket(`ws://${address}/`);
    const one: One = { socket, waiting: [] };
    socket.onmessage = ({ data }) => {
      const refused = typeof data === "string" && data.includes("BlockingIOError");
      one.waiting.shift()?.({ outcome: refused ? "refused" : "answered" });
    };
    socket.onclose = ({ code, reason }) => {
      for (const resolve of one.waiting.splice(0)) {
        resolve({ outcome: "failed", reason: `closed: ${code} ${reason}` });
      }
    };
    await new Promise((resolve, reject) => {
      socket.onopen = resolve;
      socket.onerror = reject;
    });
    return one;
  }));
  let next = 0;
  return {
    send: (texts) =>
      new Promise((resolve) => {
        const { socket, waiting } = all[next++ % SOCKETS]!;
        waiting.push(resolve);
        socket.send(jsonBody(texts));
      }),
    close: () => {
      for (const { socket } of all) socket.close();
    },
  };
}
