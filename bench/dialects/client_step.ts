/** The clients of the dialects bench, all in one process. */
import { type Case, smallPicture } from "../gateway/requests.ts";
import { RawHttpConnection, rawRequest } from "../gateway/raw_http.ts";
import { serveTasks } from "../serving/json_process.ts";
import { type AskedConnection, driveFor, type Driven } from "../gateway/drive.ts";
import { callHeaders, RawGrpcConnection } from "./raw_grpc.ts";
import { type WireName, type WireRequest, wireRequest } from "./wires.ts";

/** Asks for a time. */
export interface WireTask {
  wire: WireName;
  /** Of the port that it is served on. */
  port: number;
  load: Case;
  seconds: number;
}

type WireConnection = AskedConnection<WireRequest>;

/** 512 numbers of float32: a shorter answer has no embedding. */
const LEAST_ANSWER = 2048;
/** HTTP/2 connections share what is under way. */
const MOST_SESSIONS = 8;

const picture = await smallPicture();
const made = new Map<string, WireRequest[]>();

/** More than are under way, so that no two share their work. */
function requestsOf(wire: WireName, load: Case): WireRequest[] {
  const key = `${wire} ${load.kind} ${load.batch}`;
  let requests = made.get(key);
  if (!requests) {
    requests = Array.from({ length: 2 * load.underWay }, (_, round) => {
      const indices = Array.from({ length: load.batch }, (_, i) => round * load.batch + i);
      return wireRequest(wire, load, indices, picture);
    });
    made.set(key, requests);
  }
  return requests;
}

async function openHttp(port: number): Promise<WireConnection> {
  const connection = await RawHttpConnection.open(port);
  const raw = new Map<WireRequest, Uint8Array>();
  return {
    async ask(request) {
      let bytes = raw.get(request);
      if (!bytes) {
        bytes = rawRequest("127.0.0.1", request.path, request.body, request.headers);
        raw.set(request, bytes);
      }
      const answer = await connection.ask(bytes);
      if (answer.status !== 200) throw new Error(`${request.path}: ${answer.status}`);
      return answer.bytes;
    },
    close: () => connection.close(),
  };
}

async function openGrpc(port: number): Promise<WireConnection> {
  const connection = await RawGrpcConnection.open(port);
  const headers = new Map<string, Uint8Array>();
  return {
    ask({ path, body }) {
      let head = headers.get(path);
      if (!head) headers.set(path, head = callHeaders(path));
      return connection.ask(head, body);
    },
    close: () => connection.close(),
  };
}

async function drive({ wire, port, load, seconds }: WireTask): Promise<Driven> {
  const { underWay, batch } = load;
  const grpc = wire === "oip gRPC";
  const count = grpc ? Math.min(MOST_SESSIONS, underWay) : underWay;
  const connections = await Promise.all(
    Array.from({ length: count }, () => grpc ? openGrpc(port) : openHttp(port)),
  );
  return await driveFor({
    connections,
    requests: requestsOf(wire, load),
    bytesOf: ({ body }) => body.length,
    underWay,
    seconds,
    leastAnswer: LEAST_ANSWER * batch,
  });
}

if (import.meta.main) await serveTasks(drive);
