/**
 * A client that behaves well and measures itself, in a process of its own: single texts over HTTP,
 * gRPC and WebSocket and a small picture over HTTP, each at a steady rate, however long the answers
 * take: what waits behind a stall is counted from the time at which it was due.
 */
import { Buffer } from "node:buffer";
import { request as plainRequest } from "node:http";
import { request as tlsRequest } from "node:https";
import { serveTasks } from "../../bench/serving/json_process.ts";
import { photo } from "../../bench/inputs.ts";
import { GrpcClient } from "../support/grpc_client.ts";
import { WsClient } from "../support/ws_client.ts";
import { decodeResponseProto, encodeRequestProto } from "../../src/dialects/jina/proto/request.ts";
import type { Target } from "./attack.ts";

/** What the process is asked. */
export type ProbeTask =
  | { do: "begin"; target: Target; ca?: string }
  /** What was due since the last time, once it is answered or given up. */
  | { do: "take" }
  | { do: "end" };

/** What it has measured. */
export interface ProbeSamples {
  textsMs: number[];
  picturesMs: number[];
  /** Refused, broken off, late or wrong: how often, by reason. */
  failures: Record<string, number>;
}

const TEXTS_EVERY_MS = 40;
const PICTURES_EVERY_MS = 120;
const PATIENCE_MS = 30_000;
const UNARY = "/jina.JinaSingleDataRequestRPC/process_single_data";

type Ask = (index: number) => Promise<number>;

const body = (doc: object) => JSON.stringify({ data: [doc], execEndpoint: "/" });

/** The embedding's length. @throws {Error} with why there is none. */
function embeddingLength(answer: unknown): number {
  const { header, data } = answer as {
    header?: { status?: { description?: string } | null };
    data?: { embedding?: number[] | null }[];
  };
  const length = data?.[0]?.embedding?.length;
  if (length === undefined) throw new Error(header?.status?.description ?? "no embedding");
  return length;
}

class Probe {
  readonly #timers: ReturnType<typeof setInterval>[] = [];
  readonly #under = new Set<Promise<void>>();
  readonly #grpc: GrpcClient;
  readonly #target: Target;
  readonly #ca: string | undefined;
  readonly #pictures: Uint8Array;
  #socket: WsClient | undefined;
  #waiting: { resolve(text: Uint8Array): void; reject(error: Error): void }[] = [];
  #samples: ProbeSamples = { textsMs: [], picturesMs: [], failures: {} };

  constructor(target: Target, ca: string | undefined, picture: Uint8Array) {
    this.#target = target;
    this.#ca = ca;
    this.#pictures = picture;
    this.#grpc = new GrpcClient(
      `${ca === undefined ? "grpc" : "grpcs"}://127.0.0.1:${target.grpc}`,
      ca === undefined ? {} : { ca },
    );
    const text = (index: number) => `a red circle and ${index} squares`;
    this.#every(TEXTS_EVERY_MS, "textsMs", (index) => this.#http(body({ text: text(index) })));
    this.#every(TEXTS_EVERY_MS, "textsMs", (index) => this.#call(text(index)));
    this.#every(TEXTS_EVERY_MS, "textsMs", (index) => this.#frame(body({ text: text(-index) })));
    this.#every(PICTURES_EVERY_MS, "picturesMs", (index) => {
      const bytes = new Uint8Array(this.#pictures.length + 4);
      bytes.set(this.#pictures);
      new DataView(bytes.buffer).setUint32(this.#pictures.length, index);
      return this.#http(body({ blob: bytes.toBase64() }));
    });
  }

  #every(milliseconds: number, kind: "textsMs" | "picturesMs", ask: Ask): void {
    const began = performance.now();
    let index = 0;
    const timer = setInterval(() => {
      while (began + index * milliseconds <= performance.now()) {
        this.#send(began + index * milliseconds, kind, ask, ++index);
      }
    }, milliseconds / 4);
    this.#timers.push(timer);
  }

  #send(due: number, kind: "textsMs" | "picturesMs", ask: Ask, index: number): void {
    const samples = this.#samples;
    const one = (async () => {
      let timer: ReturnType<typeof setTimeout> | undefined;
      const late = new Promise<never>((_, reject) =>
        timer = setTimeout(() => reject(new Error("no answer in time")), PATIENCE_MS)
      );
      try {
        await Promise.race([ask(index), late]);
        samples[kind].push(performance.now() - due);
      } catch (thrown) {
        const reason = (thrown as Error).message.slice(0, 80);
        samples.failures[reason] = (samples.failures[reason] ?? 0) + 1;
      } finally {
        clearTimeout(timer);
      }
    })();
    this.#under.add(one);
    one.then(() => this.#under.delete(one));
  }

  /** One request on a connection of its own. */
  #http(json: string): Promise<number> {
    const options = {
      host: "127.0.0.1",
      port: this.#target.http,
      path: "/post",
      method: "POST",
      agent: false as const,
      headers: { "content-type": "application/json", "content-length": Buffer.byteLength(json) },
    };
    return new Promise((resolve, reject) => {
      const request = this.#ca === undefined
        ? plainRequest(options)
        : tlsRequest({ ...options, ca: this.#ca, servername: "localhost" });
      request.on("error", reject);
      request.on("response", (response) => {
        const pieces: Uint8Array[] = [];
        response.on("data", (piece: Uint8Array) => pieces.push(piece));
        response.on("error", reject);
        response.on("end", () => {
          if (response.statusCode !== 200) return reject(new Error(`HTTP ${response.statusCode}`));
          try {
            resolve(embeddingLength(JSON.parse(Buffer.concat(pieces).toString())));
          } catch (thrown) {
            reject(thrown);
          }
        });
      });
      request.end(json);
    });
  }

  async #call(text: string): Promise<number> {
    const bytes = encodeRequestProto({
      requestId: "probe",
      execEndpoint: "/",
      parameters: {},
      docs: [{ id: "d", text }],
    });
    const { docs, status } = decodeResponseProto(await this.#grpc.unary(UNARY, bytes)) as {
      docs: { embedding?: { shape: number[] } }[];
      status?: { description?: string };
    };
    const length = docs[0]?.embedding?.shape[0];
    if (length === undefined) throw new Error(`gRPC: ${status?.description ?? "no embedding"}`);
    return length;
  }

  /** One frame on the connection that all have; a new one if it has broken. */
  async #frame(json: string): Promise<number> {
    const answer = new Promise<Uint8Array>((resolve, reject) =>
      this.#waiting.push({ resolve, reject })
    );
    answer.catch(() => {});
    if (this.#socket === undefined) this.#open();
    const client = this.#socket!;
    await client.open();
    client.send(json);
    return embeddingLength(JSON.parse(new TextDecoder().decode(await answer)));
  }

  #open(): void {
    const scheme = this.#ca === undefined ? "ws" : "wss";
    const client = new WsClient(
      `${scheme}://127.0.0.1:${this.#target.websocket}`,
      [],
      this.#ca === undefined ? {} : { ca: this.#ca },
    );
    this.#socket = client;
    client.socket.on("message", (bytes: Uint8Array) => {
      client.frames.length = 0;
      this.#waiting.shift()?.resolve(bytes);
    });
    client.open().catch(() => {});
    client.closed.then(({ code }) => {
      if (this.#socket === client) this.#socket = undefined;
      for (const { reject } of this.#waiting.splice(0)) {
        reject(new Error(`WebSocket closed with ${code}`));
      }
    });
  }

  /** What was due since the last time. */
  async take(): Promise<ProbeSamples> {
    const samples = this.#samples;
    this.#samples = { textsMs: [], picturesMs: [], failures: {} };
    await Promise.all(this.#under);
    return samples;
  }

  async end(): Promise<void> {
    for (const timer of this.#timers) clearInterval(timer);
    await Promise.all(this.#under);
    this.#grpc.close();
    await this.#socket?.close();
  }
}

let probe: Probe | undefined;

async function serve(task: ProbeTask): Promise<ProbeSamples | null> {
  if (task.do === "begin") probe = new Probe(task.target, task.ca, await photo(7, 96, 96));
  else if (task.do === "take") return await probe!.take();
  else await probe!.end();
  return null;
}

if (import.meta.main) await serveTasks(serve);
