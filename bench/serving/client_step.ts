/** The clients of the serving bench, all in one process of their own: they keep a load up and count. */
import { cosineDistance } from "../embedding.ts";
import type { Modality } from "../../src/model/item.ts";
import { serveTasks } from "./json_process.ts";
import { openTransport, type Transport } from "./transport.ts";
import { type Protocol, Work } from "./work.ts";

/** One kind of request, sent again and again. */
export interface Stream {
  modality: Modality;
  /** Items of a request. */
  batch: number;
  /** Clients that each have one request under way (a closed loop) … */
  clients?: number;
  /** … or requests a second, however long the answers take (an open loop). */
  rate?: number;
}

/** What the clients do. */
export interface ClientTask {
  protocol: Protocol;
  /** host:port */
  address: string;
  streams: Stream[];
  seconds: number;
  /** Inputs start at this number: runs with other numbers send other inputs. */
  from: number;
  /** Path of float32 `[N, dim]`: what the texts 0..N-1 embed to; every answer is compared. */
  expected?: string;
  dim?: number;
  /** Wait for the answers of what is under way at the end, instead of giving it up. */
  finish?: boolean;
  /** With `finish`: seconds after the end at which it is given up all the same. */
  patience?: number;
}

/** What became of one stream. */
export interface StreamResult {
  /** Items answered within the time. */
  items: number;
  answered: number;
  refused: number;
  failed: number;
  /** Answers whose embedding is not what it should be. */
  wrong: number;
  /** Reasons of the first failures. */
  reasons: string[];
  /** Of each answer. */
  latenciesMs: number[];
}

/** As far from the bare embedding as another batch may put it. */
const MOST_DISTANCE = 1e-5;

/** Bodies made ahead, so that sending costs little while it is measured. */
const READY = 256;

const work = await Work.make();

class Run {
  readonly #task: ClientTask;
  readonly #transport: Transport;
  readonly #expected: Float32Array | undefined;
  readonly #end: number;
  readonly #over = new AbortController();
  #next: number;

  constructor(task: ClientTask) {
    this.#task = task;
    this.#transport = openTransport(task.protocol, task.address);
    this.#next = task.from;
    if (task.expected !== undefined) {
      this.#expected = new Float32Array(Deno.readFileSync(task.expected).buffer);
    }
    this.#end = performance.now() + task.seconds * 1000;
  }

  async run(): Promise<StreamResult[]> {
    const { streams, seconds, finish, patience } = this.#task;
    const limit = finish ? patience === undefined ? undefined : seconds + patience : seconds;
    const timer = limit === undefined
      ? undefined
      : setTimeout(() => this.#over.abort(), limit * 1000);
    const results = await Promise.all(streams.map((stream) => this.#stream(stream)));
    clearTimeout(timer);
    this.#transport.close();
    return results;
  }

  async #stream(stream: Stream): Promise<StreamResult> {
    const result: StreamResult = {
      items: 0,
      answered: 0,
      refused: 0,
      failed: 0,
      wrong: 0,
      reasons: [],
      latenciesMs: [],
    };
    if (stream.rate === undefined) {
      await Promise.all(Array.from({ length: stream.clients ?? 1 }, async () => {
        while (this.#goesOn) await this.#send(stream, result);
      }));
      return result;
    }
    const under: Promise<void>[] = [];
    const start = performance.now();
    for (let i = 0; this.#goesOn; i++) {
      const due = start + i * 1000 / stream.rate - performance.now();
      if (due > 1) await new Promise((resolve) => setTimeout(resolve, due));
      if (this.#goesOn) under.push(this.#send(stream, result));
    }
    await Promise.all(under);
    return result;
  }

  get #goesOn(): boolean {
    return performance.now() < this.#end;
  }

  async #send(stream: Stream, result: StreamResult): Promise<void> {
    const { modality, batch } = stream;
    // With a list of what is right the texts on it are sent in turn.
    if (this.#next + batch > this.#known) this.#next = 0;
    const first = this.#next;
    this.#next += batch;
    const body = bodyOf(this.#task.protocol, modality, first, batch);
    const start = performance.now();
    const answer = await this.#transport.send(body, this.#over.signal);
    const now = performance.now();
    if (this.#over.signal.aborted) return;
    if (answer.outcome === "refused") {
      result.refused++;
      // A refused client comes again, but not at once.
      if (stream.rate === undefined) await new Promise((resolve) => setTimeout(resolve, 100));
      return;
    }
    if (answer.outcome === "failed") {
      result.failed++;
      if (result.reasons.length < 3) result.reasons.push(answer.reason);
      return;
    }
    result.answered++;
    if (now <= this.#end) result.items += batch;
    result.latenciesMs.push(now - start);
    if (modality === "text" && this.#expected) {
      const embeddings = answer.embeddings();
      const right = embeddings.length === batch &&
        embeddings.every((embedding, i) => this.#isRight(embedding, first + i));
      if (!right) result.wrong++;
    }
  }

  /** Inputs whose embeddings are known. */
  get #known(): number {
    return this.#expected ? this.#expected.length / this.#task.dim! : Infinity;
  }

  #isRight(embedding: Float32Array, index: number): boolean {
    const dim = this.#task.dim!;
    const wanted = this.#expected!.subarray(index * dim, (index + 1) * dim);
    return cosineDistance(embedding, wanted) < MOST_DISTANCE;
  }
}

const ready = new Map<string, Uint8Array>();

/** Bodies of pictures are large: those of the last tasks are kept. */
function bodyOf(protocol: Protocol, modality: Modality, first: number, count: number): Uint8Array {
  const key = `${protocol} ${modality} ${first} ${count}`;
  const known = ready.get(key);
  if (known) return known;
  const body = work.body(protocol, modality, first, count);
  if (ready.size >= READY) ready.delete(ready.keys().next().value!);
  ready.set(key, body);
  return body;
}

if (import.meta.main) await serveTasks((task: ClientTask) => new Run(task).run());
