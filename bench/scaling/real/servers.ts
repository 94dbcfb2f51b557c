/** Servers whose replicas take the simulated times, and connections to them. */
import { fileURLToPath } from "node:url";
import type { Document } from "../../../src/dialects/jina/document/document.ts";
import { freeModel } from "../../gateway/free_model.ts";
import { RawHttpConnection, rawRequest } from "../../gateway/raw_http.ts";
import { smallPicture } from "../../gateway/requests.ts";
import { Served } from "../../serving/served.ts";
import type { PodKind } from "../cost_model.ts";
import type { SimulatedItem } from "../pod.ts";

const PACED = fileURLToPath(new URL("../../overload/paced_server.ts", import.meta.url));
const REPLICA = new URL("./paced_replica.ts", import.meta.url).href;

/** Servers close connections that are idle for 75 s: an older one is not taken again. */
const FRESH_MS = 30_000;

interface Idle {
  readonly connection: RawHttpConnection;
  readonly since: number;
}

/** One real server. */
export class RealPod {
  readonly #served: Served;
  readonly #picture: Uint8Array;
  #idle: Idle[] = [];
  #pictures = 0;

  private constructor(served: Served, picture: Uint8Array) {
    this.#served = served;
    this.#picture = picture;
  }

  /** Starts so many; resolves when all are ready. */
  static async start(count: number, kind: PodKind): Promise<RealPod[]> {
    const model = await freeModel();
    const picture = await smallPicture();
    const start = async () =>
      new RealPod(
        await Served.startFiles(model, {
          main: PACED,
          replicas: 1,
          encoder: { minibatch_size: kind.minibatchSize, num_worker_preprocess: 1 },
          env: { BENCH_POD: JSON.stringify(kind), BENCH_REPLICA: REPLICA },
        }),
        picture,
      );
    return await Promise.all(Array.from({ length: count }, start));
  }

  /** Sends a request. @returns whether it was answered, and not refused. */
  async ask(items: readonly SimulatedItem[]): Promise<boolean> {
    const connection = await this.#connection();
    const body = JSON.stringify({ data: items.map((one) => this.#document(one)) });
    const request = rawRequest("127.0.0.1", "/post", new TextEncoder().encode(body));
    const { status } = await connection.ask(request);
    this.#idle.push({ connection, since: performance.now() });
    if (status !== 200 && status !== 503) throw new Error(`A server answered with ${status}`);
    return status === 200;
  }

  /** Ends it. */
  async stop(): Promise<void> {
    for (const { connection } of this.#idle) connection.close();
    await this.#served.stop();
  }

  /** The one that was used last, or a new one. */
  #connection(): RawHttpConnection | Promise<RawHttpConnection> {
    const last = this.#idle.pop();
    if (last && performance.now() - last.since < FRESH_MS) return last.connection;
    // All others are older still.
    for (const { connection } of last ? [last, ...this.#idle] : []) connection.close();
    this.#idle = [];
    return RawHttpConnection.open(Number(this.#served.addresses.http!.split(":")[1]));
  }

  /** No two pictures are equal, so that none is computed for another's sake. */
  #document({ item }: SimulatedItem): Pick<Document, "text"> | { blob: string } {
    if (item.modality === "text") return { text: item.text };
    const bytes = new Uint8Array(this.#picture.length + 4);
    bytes.set(this.#picture);
    new DataView(bytes.buffer).setUint32(this.#picture.length, this.#pictures++);
    return { blob: bytes.toBase64() };
  }
}
