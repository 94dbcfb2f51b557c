/** The clients of the gateway bench, all in one process: the same for every server that is measured. */
import process from "node:process";
import { serveTasks } from "../serving/json_process.ts";
import { connect, type Connection } from "./connections.ts";
import { type Case, type GatewayProtocol, requestBodies, smallPicture } from "./requests.ts";

/** Asks for a time. */
export interface DriveTask {
  protocol: GatewayProtocol;
  port: number;
  load: Case;
  seconds: number;
}

/** What came of it. */
export interface Driven {
  requests: number;
  seconds: number;
  /** Bytes of requests and of answers. */
  bytesUp: number;
  bytesDown: number;
  /** CPU seconds of the clients themselves. */
  clientSeconds: number;
}

/** Streams share what is under way; an HTTP connection has one request at a time. */
const MOST_STREAMS = 8;
/** An embedding is longer than this in every encoding: a shorter answer has none. */
const LEAST_ANSWER = 1000;

const picture = await smallPicture();
const made = new Map<string, Uint8Array[]>();

function bodiesOf(protocol: GatewayProtocol, load: Case): Uint8Array[] {
  const key = `${protocol === "http" ? "json" : "proto"} ${load.kind} ${load.batch}`;
  let bodies = made.get(key);
  if (!bodies) made.set(key, bodies = requestBodies(protocol, load, picture));
  return bodies;
}

async function drive({ protocol, port, load, seconds }: DriveTask): Promise<Driven> {
  const bodies = bodiesOf(protocol, load);
  const { underWay } = load;
  const count = protocol === "http" ? underWay : Math.min(MOST_STREAMS, underWay);
  const connections: Connection[] = await Promise.all(
    Array.from({ length: count }, () => connect(protocol, port)),
  );
  const driven: Driven = { requests: 0, seconds: 0, bytesUp: 0, bytesDown: 0, clientSeconds: 0 };
  const cpu = process.cpuUsage();
  const began = performance.now();
  await Promise.all(
    Array.from({ length: underWay }, async (_, asker) => {
      for (let next = asker; performance.now() - began < seconds * 1000; next += underWay) {
        const body = bodies[next % bodies.length]!;
        const size = await connections[asker % count]!.ask(body);
        if (size < LEAST_ANSWER * load.batch) throw new Error(`An answer has ${size} bytes`);
        driven.requests++;
        driven.bytesUp += body.length;
        driven.bytesDown += size;
      }
    }),
  );
  driven.seconds = (performance.now() - began) / 1000;
  const { user, system } = process.cpuUsage(cpu);
  driven.clientSeconds = (user + system) / 1e6;
  for (const connection of connections) connection.close();
  return driven;
}

if (import.meta.main) await serveTasks(drive);
