/** How clients of a bench ask for a time: so many requests under way, over a few connections. */
import process from "node:process";

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

/** A connection that is asked. */
export interface AskedConnection<Request> {
  /** Sends a request and resolves with the size of its answer. */
  ask(request: Request): Promise<number>;
  close(): void;
}

/** How it is driven. */
export interface Drive<Request> {
  /** They are closed at the end. */
  connections: readonly AskedConnection<Request>[];
  /** Asked for in turn. */
  requests: readonly Request[];
  bytesOf: (request: Request) => number;
  underWay: number;
  seconds: number;
  /** A smaller answer has no embeddings, and ends the bench. */
  leastAnswer: number;
}

/** Asks for a time. @throws {Error} an answer is too small. */
export async function driveFor<Request>(
  { connections, requests, bytesOf, underWay, seconds, leastAnswer }: Drive<Request>,
): Promise<Driven> {
  const driven: Driven = { requests: 0, seconds: 0, bytesUp: 0, bytesDown: 0, clientSeconds: 0 };
  const cpu = process.cpuUsage();
  const began = performance.now();
  await Promise.all(
    Array.from({ length: underWay }, async (_, asker) => {
      for (let next = asker; performance.now() - began < seconds * 1000; next += underWay) {
        const request = requests[next % requests.length]!;
        const size = await connections[asker % connections.length]!.ask(request);
        if (size < leastAnswer) throw new Error(`An answer has ${size} bytes`);
        driven.requests++;
        driven.bytesUp += bytesOf(request);
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
