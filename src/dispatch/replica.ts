/** The main thread's end of one replica: a Web Worker with its sessions, watched and counted. */
import { ClipError } from "../errors.ts";
import { afterPatience } from "../patience.ts";
import { newClaim, take } from "../../workers/claim.ts";
import type { FromReplica, ReplicaSpec, Stores, ToReplica } from "../../workers/messages.ts";
import type { ModelShape } from "../runtime/model.ts";
import type { Job } from "./job.ts";
import { isOutOfMemory } from "./out_of_memory.ts";

/** A replica that fails this many minibatches in a row is broken, and started anew. */
const MAX_FAILURES_IN_A_ROW = 2;

/** Longest that a replica may take to let go of its sessions. */
const CLOSE_TIMEOUT_MS = 5_000;

/** A minibatch on its way through a replica. */
export interface Batch {
  readonly id: number;
  readonly modality: "text" | "image";
  readonly jobs: readonly Job[];
  /** The replica has read the slots. */
  gathered: boolean;
  /** It was handed over ahead of time: whoever takes this has it. */
  claim?: SharedArrayBuffer;
}

/** What a replica tells its owner. */
export interface ReplicaEvents {
  gathered(batch: Batch): void;
  /** float32 `[N, dim]`. */
  result(replica: Replica, batch: Batch, data: Float32Array, dim: number, ms: number): void;
  failed(replica: Replica, batch: Batch, error: ClipError): void;
  /** The worker is gone; the batches it held, the one in work first. */
  died(replica: Replica, batches: readonly Batch[], error: ClipError): void;
}

/** One replica's worker. After `died` the object is of no use any more. */
export class Replica {
  readonly index: number;
  readonly #events: ReplicaEvents;
  readonly #timeoutMs: number;
  readonly #worker: Worker;
  readonly #batches: Batch[] = [];
  #awaiting: {
    resolve: (message: FromReplica) => void;
    reject: (error: ClipError) => void;
  } | undefined;
  /** Ends the wait for the minibatch in work. */
  #stopWatching = () => {};
  /** Why the worker is gone. */
  #death: ClipError | undefined;
  /** It was told to open sessions. */
  #told = false;
  #ready = false;
  #failures = 0;

  constructor(index: number, url: string, timeoutMs: number, events: ReplicaEvents) {
    this.index = index;
    this.#events = events;
    this.#timeoutMs = timeoutMs;
    this.#worker = new Worker(url, { type: "module", name: `replica-${index}` });
    this.#worker.onmessage = (event: MessageEvent<FromReplica>) => this.#receive(event.data);
    this.#worker.onerror = (event) => {
      event.preventDefault();
      this.#die(new ClipError("backend", `Replica ${index} died: ${event.message}`));
    };
  }

  /** Whether it takes work. */
  get ready(): boolean {
    return this.#ready;
  }

  /** Minibatches in its hands. */
  get load(): number {
    return this.#batches.length;
  }

  /**
   * Opens the model.
   * @throws {ClipError} with the reason if it cannot be opened.
   */
  async open(spec: ReplicaSpec): Promise<{ shape: ModelShape; loadMs: number }> {
    this.#told = true;
    const message = await this.#ask({ type: "load", spec });
    if (message.type !== "loaded") throw unexpected(message);
    return message;
  }

  /**
   * Gives it the stores; it warms up. Resolves when it is ready, with the warm-up's milliseconds.
   */
  async attach(stores: Stores, shape: ModelShape): Promise<number> {
    const message = await this.#ask({ type: "attach", stores, shape });
    if (message.type !== "ready") throw unexpected(message);
    this.#ready = true;
    return message.warmupMs;
  }

  /** Hands it a minibatch; one that has to wait for another can be taken back. */
  run(batch: Batch): void {
    if (this.#batches.length > 0) batch.claim = newClaim();
    this.#batches.push(batch);
    if (this.#batches.length === 1) this.#watch();
    const { id, modality, jobs, claim } = batch;
    const common = {
      type: "run" as const,
      batch: id,
      slots: jobs.map((job) => job.slot),
      ...(claim ? { claim } : {}),
    };
    this.#send(
      modality === "text"
        ? { ...common, modality, lengths: jobs.map((job) => job.length) }
        : { ...common, modality },
    );
  }

  /** The minibatch that waits behind the one in work, if there is one. */
  get waiting(): Batch | undefined {
    return this.#batches[1];
  }

  /** Takes back the minibatch that waits behind the one in work, if it has not begun. */
  takeBack(): Batch | undefined {
    const waiting = this.#batches[1];
    if (!waiting?.claim || !take(waiting.claim)) return undefined;
    this.#batches.splice(1, 1);
    return waiting;
  }

  /**
   * Ends the worker in order, after the minibatch in work if there is one: a run cannot be
   * cancelled, and a process that ends inside of one makes ONNX Runtime report faults that are none,
   * or with WebGPU ends by a segmentation fault (seen with SwiftShader). Not waited for longer than
   * a while.
   */
  async close(): Promise<void> {
    this.#stopWatching();
    if (this.#death) return;
    this.#ready = false;
    this.takeBack();
    // What it still computes is wanted by nobody any more.
    this.#batches.length = 0;
    if (this.#told) {
      const late = Promise.withResolvers<void>();
      const timer = setTimeout(late.resolve, CLOSE_TIMEOUT_MS);
      await Promise.race([this.#ask({ type: "close" }).catch(() => undefined), late.promise]);
      clearTimeout(timer);
    }
    this.#death = new ClipError("unavailable", `Replica ${this.index} was ended`);
    this.#worker.terminate();
  }

  /** Ends the worker at once, as if it had died of `error`. */
  kill(error: ClipError): void {
    this.#die(error);
  }

  #send(message: ToReplica): void {
    this.#worker.postMessage(message);
  }

  /** Sends, and resolves with the answer: at start and at the end there is one for each message. */
  #ask(message: ToReplica): Promise<FromReplica> {
    if (this.#death) return Promise.reject(this.#death);
    return new Promise((resolve, reject) => {
      this.#awaiting = { resolve, reject };
      this.#send(message);
    });
  }

  #receive(message: FromReplica): void {
    if (this.#death) return;
    switch (message.type) {
      case "loaded":
      case "ready":
      case "closed":
        this.#awaiting?.resolve(message);
        this.#awaiting = undefined;
        return;
      case "gathered": {
        const batch = this.#batches.find((candidate) => candidate.id === message.batch);
        if (batch) this.#gathered(batch);
        return;
      }
      case "result":
      case "failed":
        return this.#finished(message);
      case "fatal":
        return this.#die(ClipError.fromData(message.error));
    }
  }

  #gathered(batch: Batch): void {
    if (batch.gathered) return;
    batch.gathered = true;
    this.#events.gathered(batch);
  }

  #finished(message: Extract<FromReplica, { type: "result" | "failed" }>): void {
    const position = this.#batches.findIndex((batch) => batch.id === message.batch);
    if (position < 0) return;
    const [batch] = this.#batches.splice(position, 1);
    this.#watch();
    this.#gathered(batch!);
    if (message.type === "result") {
      this.#failures = 0;
      this.#events.result(this, batch!, message.data, message.dim, message.computeMs);
      return;
    }
    const error = ClipError.fromData(message.error);
    if (!isOutOfMemory(error) && ++this.#failures >= MAX_FAILURES_IN_A_ROW) this.#die(error);
    this.#events.failed(this, batch!, error);
  }

  #watch(): void {
    this.#stopWatching();
    const batch = this.#batches[0];
    if (!batch) return;
    this.#stopWatching = afterPatience(this.#timeoutMs, () => {
      this.#die(
        new ClipError(
          "backend",
          `Replica ${this.index} did not finish a minibatch of ${batch.jobs.length} within ${this.#timeoutMs} ms`,
        ),
      );
    });
  }

  #die(error: ClipError): void {
    if (this.#death) return;
    this.#death = error;
    this.#ready = false;
    this.#stopWatching();
    this.#worker.terminate();
    this.#awaiting?.reject(error);
    this.#awaiting = undefined;
    const batches = this.#batches.splice(0);
    const [first, waiting] = batches;
    // An error overtakes messages: where the second had begun, the first was done and its result is
    // lost on the way. It is not what the worker died of.
    if (waiting?.claim && !take(waiting.claim)) batches.splice(0, 2, waiting, first!);
    this.#events.died(this, batches, error);
  }
}

function unexpected(message: FromReplica): ClipError {
  return new ClipError("backend", `A replica answered '${message.type}' out of turn`);
}
