/** Clients of the soak, one kind for each protocol: they ask, leave in the middle, and send nonsense. */
import { decodeResponseProto, encodeRequestProto } from "../src/dialects/jina/proto/request.ts";
import type { Document } from "../src/dialects/jina/document/document.ts";
import { newId } from "../src/dialects/jina/document/document_id.ts";
import { GrpcClient } from "../tests/support/grpc_client.ts";
import { WsClient } from "../tests/support/ws_client.ts";

/** What became of a request; a client that has left is not answered. */
export type SoakOutcome = "answered" | "refused" | "left";

/** A connection, or several that one client has. */
export interface SoakClient {
  /**
   * Asks for the embeddings of documents.
   * @param leaveAfterMs leaves after so long
   * @throws {Error} if the answer is wrong
   */
  ask(docs: readonly Document[], leaveAfterMs?: number): Promise<SoakOutcome>;
  /** Sends something that is no good request. @throws {Error} if the server takes it for its own fault. */
  nonsense(index: number): Promise<void>;
  /** Leaves. */
  close(): Promise<void>;
}

/** What the soak can speak. */
export type SoakProtocol = "http" | "grpc" | "websocket";

/** Opens a client. */
export function openSoakClient(protocol: SoakProtocol, address: string): SoakClient {
  if (protocol === "http") return new HttpSoakClient(address);
  return protocol === "grpc" ? new GrpcSoakClient(address) : new WebSocketSoakClient(address);
}

/** Documents that cannot be embedded, or not all of them. */
const BAD: readonly (readonly Document[])[] = [
  [{ id: "d", blob: new Uint8Array(3) }, { id: "e", text: "a cat" }],
  [{ id: "d", uri: "http://127.0.0.1:9/none.jpg" }],
];

const message = (docs: readonly Document[], execEndpoint = "/") =>
  encodeRequestProto({ requestId: newId(), execEndpoint, parameters: {}, docs: [...docs] });

const json = (docs: readonly Document[]) =>
  JSON.stringify({
    data: docs.map(({ text, blob, uri }) =>
      blob ? { blob: blob.toBase64() } : uri ? { uri } : { text }
    ),
    execEndpoint: "/",
  });

class HttpSoakClient implements SoakClient {
  readonly #url: string;
  readonly #client = Deno.createHttpClient({ poolMaxIdlePerHost: 100 });

  constructor(address: string) {
    this.#url = `http://${address}/post`;
  }

  async #post(body: string, signal?: AbortSignal): Promise<number> {
    const response = await fetch(this.#url, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body,
      client: this.#client,
      ...(signal ? { signal } : {}),
    });
    await response.bytes();
    return response.status;
  }

  async ask(docs: readonly Document[], leaveAfterMs?: number): Promise<SoakOutcome> {
    const leaving = new AbortController();
    const timer = leaveAfterMs === undefined
      ? undefined
      : setTimeout(() => leaving.abort(), leaveAfterMs);
    try {
      const status = await this.#post(json(docs), leaving.signal);
      if (status !== 200 && status !== 503) throw new Error(`A request got status ${status}`);
      return status === 503 ? "refused" : "answered";
    } catch (thrown) {
      if (leaving.signal.aborted) return "left";
      throw thrown;
    } finally {
      clearTimeout(timer);
    }
  }

  async nonsense(index: number): Promise<void> {
    const bodies = ["{", ...BAD.map(json), '{"data":5}'];
    const status = await this.#post(bodies[index % bodies.length]!);
    // Bad documents are told of inside an answer, in the way of the original.
    if (status >= 500 && status !== 503) throw new Error(`Nonsense got status ${status}`);
  }

  close(): Promise<void> {
    this.#client.close();
    return Promise.resolve();
  }
}

const UNARY = "/jina.JinaSingleDataRequestRPC/process_single_data";
const INTERNAL_CODES = [2, 13, 15];
const REFUSED_CODES = [8, 14];
/** An address that nobody has, for calls that nobody serves. */
const NOWHERE = "/jina.JinaRPC/Nothing";

class GrpcSoakClient implements SoakClient {
  readonly #client: GrpcClient;
  #calls = 0;

  constructor(address: string) {
    this.#client = new GrpcClient(`grpc://${address}`);
  }

  /** A stream and a unary call in turn. */
  async ask(docs: readonly Document[], leaveAfterMs?: number): Promise<SoakOutcome> {
    const stream = this.#calls++ % 2 === 0;
    const bytes = message(docs);
    try {
      if (leaveAfterMs !== undefined) return await this.#leave(bytes, leaveAfterMs);
      const answer = stream
        ? (await this.#client.call([bytes]))[0]
        : decodeResponseProto(await this.#client.unary(UNARY, bytes));
      if (answer?.docs.length !== docs.length || !answer.docs.every(({ embedding }) => embedding)) {
        throw new Error(`No embeddings: ${answer?.status?.description}`);
      }
      return "answered";
    } catch (thrown) {
      const { code } = thrown as { code?: number };
      if (code !== undefined && REFUSED_CODES.includes(code)) return "refused";
      throw thrown;
    }
  }

  async #leave(bytes: Uint8Array, afterMs: number): Promise<SoakOutcome> {
    const call = this.#client.stream();
    return await new Promise((resolve) => {
      let answered = false;
      call.on("data", () => answered = true);
      call.on("error", () => resolve(answered ? "answered" : "left"));
      call.on("end", () => resolve("answered"));
      call.write(bytes);
      setTimeout(() => call.cancel(), afterMs);
    });
  }

  async nonsense(index: number): Promise<void> {
    const kinds: (() => Promise<unknown>)[] = [
      () => this.#client.unary(UNARY, new Uint8Array(20).fill(0xff)),
      () => this.#client.unary(NOWHERE),
      () => this.#client.call([message(BAD[0]!)]),
      () => this.#client.call([message(BAD[1]!)]),
      () => this.#client.call([new Uint8Array(3).fill(0x0a)]),
      () => this.#client.call([]),
      () => this.#client.call([message([{ id: "d", text: "a" }], "/encode/no-such-model")]),
    ];
    try {
      await kinds[index % kinds.length]!();
    } catch (thrown) {
      const { code, details } = thrown as { code?: number; details?: string };
      if (code === undefined || INTERNAL_CODES.includes(code)) {
        throw new Error(`Nonsense got code ${code}: ${details}`);
      }
    }
  }

  close(): Promise<void> {
    this.#client.close();
    return Promise.resolve();
  }
}

class WebSocketSoakClient implements SoakClient {
  readonly #url: string;
  readonly #protocol: "bytes" | "json";
  #client: WsClient | undefined;

  constructor(address: string) {
    this.#url = `ws://${address}`;
    this.#protocol = openedSockets++ % 2 === 0 ? "bytes" : "json";
  }

  #open(): Promise<WsClient> {
    const client = new WsClient(this.#url, [this.#protocol]);
    this.#client = client;
    return client.open();
  }

  async ask(docs: readonly Document[], leaveAfterMs?: number): Promise<SoakOutcome> {
    const client = this.#client ?? await this.#open();
    client.frames.length = 0;
    client.send(this.#protocol === "bytes" ? message(docs) : json(docs));
    if (leaveAfterMs !== undefined) {
      await new Promise((resolve) => setTimeout(resolve, leaveAfterMs));
      this.#client = undefined;
      client.socket.terminate();
      await client.closed;
      return "left";
    }
    const [answer] = await client.take(1);
    if (answer === undefined) throw new Error("The connection was closed instead of an answer");
    const { docs: answered, description } = readAnswer(answer);
    if (answered !== docs.length) throw new Error(`${answered} embeddings: ${description}`);
    return "answered";
  }

  async nonsense(index: number): Promise<void> {
    const kinds: (Uint8Array | string)[] = [
      "{",
      new Uint8Array(20).fill(0xff),
      message(BAD[0]!),
      json(BAD[1]!),
      '{"data":5}',
      "",
    ];
    // What breaks the protocol ends a connection: not the one that others' answers wait on.
    const client = await new WsClient(this.#url, []).open();
    client.send(kinds[index % kinds.length]!);
    await client.take(1);
    client.socket.close();
    const { code } = await client.closed;
    if (code === 1011) throw new Error("Nonsense was taken for the server's own fault");
  }

  async close(): Promise<void> {
    await this.#client?.close();
    this.#client = undefined;
  }
}

let openedSockets = 0;

/** How many embeddings there are, and what is said if not all of them. */
function readAnswer(
  { bytes, text }: { bytes: Uint8Array; text: boolean },
): { docs: number; description: string | undefined } {
  if (!text) {
    const { docs, status } = decodeResponseProto(bytes);
    return {
      docs: docs.filter(({ embedding }) => embedding).length,
      description: status?.description,
    };
  }
  const answer = JSON.parse(new TextDecoder().decode(bytes)) as {
    header: { status: { description: string } | null };
    data: { embedding?: number[] | null }[];
  };
  return {
    docs: answer.data.filter(({ embedding }) => embedding).length,
    description: answer.header.status?.description,
  };
}
