/**
 * What the gateways themselves cost: documents per second and the server's CPU time per document,
 * through each protocol, with a model that costs nothing; beside it, measured in the same run, what
 * the codec alone takes for the same documents. The last column is the ratio of the two.
 *
 *     deno run -A bench/gateway.ts [grpc|http|websocket ...]
 *
 * Server and client share the machine: documents per second are those of both together, CPU time
 * per document is the server's own. The system's part in it (sockets) is shown apart.
 */
import { Buffer } from "node:buffer";
import { Agent, request as httpRequest } from "node:http";
import { fileURLToPath } from "node:url";
import { Client, credentials } from "@grpc/grpc-js";
// @ts-types="@types/ws"
import { WebSocket } from "ws";
import { decodeRequestJson } from "../src/dialects/jina/json/request.ts";
import { encodeResponseJson } from "../src/dialects/jina/json/response.ts";
import { embeddingToNdArray } from "../src/dialects/jina/document/nd_array.ts";
import {
  decodeRequestProto,
  encodeRequestProto,
  encodeResponseProto,
} from "../src/dialects/jina/proto/request.ts";
import type { DataRequest } from "../src/dialects/jina/document/request.ts";

const ROUND_MS = 600;
const WARM_UP_MS = 200;
const IMAGE_BYTES = 100_000;
const BATCHES = [1, 32, 1000];
const CONNECTIONS = [1, 32];
/** Requests that a stream has under way: fewer of the large ones. */
const IN_FLIGHT: Record<number, number> = { 1: 16, 32: 8, 1000: 2 };
/** A batch of 1000 pictures is 100 MB: one connection is enough of it. */
const MAX_BYTES_UNDER_WAY = 600_000_000;

type Protocol = "grpc" | "http" | "websocket";
type Kind = "text" | "image";

/** A connection: `ask` sends a request and resolves with the size of its answer. */
interface Connection {
  ask(message: Uint8Array): Promise<number>;
  close(): void;
}

const vector = Float32Array.from({ length: 512 }, (_, i) => Math.sin(i * 12.9898) * 1.7);
const blob = Uint8Array.from({ length: IMAGE_BYTES }, (_, i) => (i * 2654435761) >>> 13);

function requestOf(kind: Kind, count: number): DataRequest {
  const docs = Array.from({ length: count }, (_, i) => ({
    id: i.toString(16).padStart(32, "0"),
    ...(kind === "text" ? { text: `a photo of a cat on a mat, number ${i}` } : { blob }),
  }));
  const parameters = { drop_image_content: true };
  return { requestId: "0".repeat(32), execEndpoint: "/encode", parameters, docs };
}

function encoded(request: DataRequest, protocol: Protocol): Uint8Array {
  if (protocol !== "http") return encodeRequestProto(request);
  const data = request.docs.map(({ blob, ...rest }) => ({
    ...rest,
    ...(blob ? { blob: Buffer.from(blob).toString("base64") } : {}),
  }));
  const { execEndpoint, parameters } = request;
  return new TextEncoder().encode(JSON.stringify({ execEndpoint, parameters, data }));
}

/** Microseconds of CPU that the codec takes for a document: decoded, embedded, encoded. */
function codecCost(message: Uint8Array, protocol: Protocol): number {
  const json = protocol === "http";
  const routes = [{ executor: "gateway", startTime: Date.now(), endTime: Date.now() + 1 }];
  let documents = 0;
  const began = performance.now();
  do {
    const request = json ? decodeRequestJson(message) : decodeRequestProto(message);
    for (const doc of request.docs) {
      doc.embedding = embeddingToNdArray(vector);
      delete doc.blob;
    }
    const response = { ...request, routes };
    const answer = json ? encodeResponseJson(response, "http") : encodeResponseProto(response);
    if (answer.length === 0) throw new Error("No answer");
    documents += request.docs.length;
  } while (performance.now() - began < ROUND_MS / 3);
  return 1000 * (performance.now() - began) / documents;
}

function connectGrpc(port: number): Connection {
  const client = new Client(`127.0.0.1:${port}`, credentials.createInsecure(), {
    "grpc.max_receive_message_length": -1,
    "grpc.max_send_message_length": -1,
    "grpc.use_local_subchannel_pool": 1,
  });
  const waiting: ((size: number) => void)[] = [];
  const stream = client.makeBidiStreamRequest<Uint8Array, Buffer>(
    "/jina.JinaRPC/Call",
    (bytes) => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength),
    (bytes) => bytes,
  );
  stream.on("data", (bytes: Buffer) => waiting.shift()!(bytes.length));
  stream.on("error", () => {});
  return {
    ask: (message) =>
      new Promise((resolve) => {
        waiting.push(resolve);
        stream.write(message);
      }),
    close: () => {
      stream.cancel();
      client.close();
    },
  };
}

function connectHttp(port: number): Connection {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  return {
    ask: (message) =>
      new Promise((resolve, reject) => {
        const outgoing = httpRequest({
          agent,
          port,
          host: "127.0.0.1",
          method: "POST",
          path: "/post",
          headers: { "content-type": "application/json", "content-length": message.length },
        }, (incoming) => {
          let size = 0;
          incoming.on("data", (part: Buffer) => size += part.length);
          incoming.on("end", () => resolve(size));
        });
        outgoing.on("error", reject);
        outgoing.end(message);
      }),
    close: () => agent.destroy(),
  };
}

async function connectWebSocket(port: number): Promise<Connection> {
  const socket = new WebSocket(`ws://127.0.0.1:${port}/`, "bytes", { perMessageDeflate: false });
  const waiting: ((size: number) => void)[] = [];
  socket.on("message", (bytes: Buffer) => waiting.shift()!(bytes.length));
  await new Promise((resolve, reject) => socket.on("open", resolve).on("error", reject));
  return {
    ask: (message) =>
      new Promise((resolve) => {
        waiting.push(resolve);
        socket.send(message);
      }),
    close: () => socket.terminate(),
  };
}

/** The server's CPU time so far, microseconds in its own code and in the system's. */
function cpuTime(pid: number): { user: number; system: number } {
  const fields = Deno.readTextFileSync(`/proc/${pid}/stat`).split(") ")[1]!.split(" ");
  const tick = 10_000;
  return { user: Number(fields[11]) * tick, system: Number(fields[12]) * tick };
}

/** Asks on every connection, each with `inFlight` requests under way, for a time; how many. */
async function drive(
  connections: readonly Connection[],
  message: Uint8Array,
  inFlight: number,
  ms: number,
): Promise<number> {
  const end = performance.now() + ms;
  let asked = 0;
  await Promise.all(
    connections.flatMap((connection) =>
      Array.from({ length: inFlight }, async () => {
        do {
          if (await connection.ask(message) < 100) throw new Error("An answer is missing");
          asked++;
        } while (performance.now() < end);
      })
    ),
  );
  return asked;
}

const chosen = Deno.args.length > 0 ? Deno.args as Protocol[] : undefined;
const server = new Deno.Command(Deno.execPath(), {
  args: ["run", "-A", fileURLToPath(new URL("gateway_server.ts", import.meta.url))],
  stdin: "piped",
  stdout: "piped",
}).spawn();
const { value: line } = await server.stdout.getReader().read();
const [grpc, http, websocket] = JSON.parse(new TextDecoder().decode(line));
const ports = { grpc, http, websocket };
const connect = { grpc: connectGrpc, http: connectHttp, websocket: connectWebSocket };

// deno-lint-ignore no-console
console.log(
  "protocol   kind   batch  conns   docs/s  server CPU µs/doc (user + system)  codec µs/doc  user/codec",
);
for (const protocol of Object.keys(ports) as Protocol[]) {
  if (chosen && !chosen.includes(protocol)) continue;
  for (const kind of ["text", "image"] as const) {
    for (const batch of BATCHES) {
      const message = encoded(requestOf(kind, batch), protocol);
      const codec = codecCost(message, protocol);
      for (const count of CONNECTIONS) {
        const inFlight = protocol === "http" ? 1 : IN_FLIGHT[batch]!;
        if (message.length * count * inFlight > MAX_BYTES_UNDER_WAY) continue;
        const connections = await Promise.all(
          Array.from({ length: count }, () => connect[protocol](ports[protocol])),
        );
        await drive(connections, message, inFlight, WARM_UP_MS);
        const before = cpuTime(server.pid);
        const began = performance.now();
        const documents = batch * await drive(connections, message, inFlight, ROUND_MS);
        const seconds = (performance.now() - began) / 1000;
        const after = cpuTime(server.pid);
        for (const connection of connections) connection.close();
        const user = (after.user - before.user) / documents;
        const system = (after.system - before.system) / documents;
        // deno-lint-ignore no-console
        console.log(
          `${protocol.padEnd(10)} ${kind.padEnd(6)} ${String(batch).padStart(5)} ` +
            `${String(count).padStart(5)} ${
              Math.round(documents / seconds).toString().padStart(8)
            }` +
            `  ${(user + system).toFixed(1).padStart(10)} (${user.toFixed(1)} + ` +
            `${system.toFixed(1)})`.padEnd(26) + ` ${codec.toFixed(1).padStart(10)}` +
            ` ${(user / codec).toFixed(1).padStart(10)}`,
        );
      }
    }
  }
}
await server.stdin.close();
await server.status;
Deno.exit(0);
