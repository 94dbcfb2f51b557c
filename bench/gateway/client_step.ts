/** The clients of the gateway bench, all in one process: the same for every server that is measured. */
import { serveTasks } from "../serving/json_process.ts";
import { connect, type Connection } from "./connections.ts";
import { driveFor, type Driven } from "./drive.ts";
import { type Case, type GatewayProtocol, requestBodies, smallPicture } from "./requests.ts";

/** Asks for a time. */
export interface DriveTask {
  protocol: GatewayProtocol;
  port: number;
  load: Case;
  seconds: number;
  /** Over HTTP: of ten requests so many say that they are traced, and the others that they are not. */
  sampled?: number;
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

async function drive({ protocol, port, load, seconds, sampled }: DriveTask): Promise<Driven> {
  const { underWay, batch } = load;
  const count = protocol === "http" ? underWay : Math.min(MOST_STREAMS, underWay);
  const connections: Connection[] = await Promise.all(
    Array.from({ length: count }, () => connect(protocol, port, sampled)),
  );
  return await driveFor({
    connections,
    requests: bodiesOf(protocol, load),
    bytesOf: (body) => body.length,
    underWay,
    seconds,
    leastAnswer: LEAST_ANSWER * batch,
  });
}

if (import.meta.main) await serveTasks(drive);
