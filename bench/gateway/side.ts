/** One of the servers that the gateway bench compares: a tree's `main.ts` with the free model. */
import { join } from "node:path";
import { type ProcessCost, processCost } from "../process_cost.ts";
import type { JsonProcess } from "../serving/json_process.ts";
import { Served } from "../serving/served.ts";
import type { DriveTask } from "./client_step.ts";
import type { Driven } from "./drive.ts";
import type { Case, GatewayProtocol } from "./requests.ts";

/** What one case cost on one side, all rounds together. */
export class Cost {
  documents = 0;
  seconds = 0;
  bytes = 0;
  /** CPU seconds of the server's event loop, of its other threads, and of the clients. */
  mainSeconds = 0;
  otherSeconds = 0;
  clientSeconds = 0;

  /** Adds a round. */
  add(batch: number, driven: Driven, before: ProcessCost, after: ProcessCost): void {
    const main = after.mainThread - before.mainThread;
    this.documents += batch * driven.requests;
    this.seconds += driven.seconds;
    this.bytes += driven.bytesUp + driven.bytesDown;
    this.mainSeconds += main;
    this.otherSeconds += after.total - before.total - main;
    this.clientSeconds += driven.clientSeconds;
  }

  /** Documents a second, both ends of the wire on this machine. */
  get rate(): number {
    return this.documents / this.seconds;
  }

  /** Megabytes a second, requests and answers together. */
  get megabytes(): number {
    return this.bytes / this.seconds / 1e6;
  }

  /** CPU seconds of the event loop for a thousand documents. */
  get mainPerThousand(): number {
    return 1000 * this.mainSeconds / this.documents;
  }

  /** CPU seconds of the server's other threads for a thousand documents. */
  get otherPerThousand(): number {
    return 1000 * this.otherSeconds / this.documents;
  }

  /** CPU seconds of the clients for a thousand documents. */
  get clientPerThousand(): number {
    return 1000 * this.clientSeconds / this.documents;
  }

  /** Documents a second at which the event loop has no time left. */
  get mainLimit(): number {
    return this.documents / this.mainSeconds;
  }
}

/** A running server. */
export class Side {
  readonly name: string;
  readonly #served: Served;

  private constructor(name: string, served: Served) {
    this.name = name;
    this.#served = served;
  }

  /** Starts a tree's server. */
  static async start(
    name: string,
    tree: string,
    model: string,
    protocols: readonly GatewayProtocol[],
  ): Promise<Side> {
    const main = join(tree, "main.ts");
    return new Side(name, await Served.startFiles(model, { main, protocols, replicas: 1 }));
  }

  /** Has the clients load it for a round. */
  async round(
    clients: JsonProcess,
    protocol: GatewayProtocol,
    load: Case,
    seconds: number,
    cost: Cost,
  ): Promise<void> {
    const port = Number(this.#served.addresses[protocol]!.split(":")[1]);
    const task: DriveTask = { protocol, port, load, seconds };
    const before = processCost(this.#served.pid);
    const driven = await clients.ask<Driven>(task);
    cost.add(load.batch, driven, before, processCost(this.#served.pid));
  }

  /** Ends it. */
  async stop(): Promise<void> {
    await this.#served.stop();
  }
}
