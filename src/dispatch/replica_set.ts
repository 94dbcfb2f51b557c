/** The replicas of one model: started together, started anew when one dies. */
import { ClipError } from "../errors.ts";
import type { Log } from "../telemetry/log.ts";
import type { ReplicaSpec, Stores } from "../../workers/messages.ts";
import type { ModelShape } from "../runtime/model.ts";
import { type Batch, Replica, type ReplicaEvents } from "./replica.ts";

const FIRST_BACKOFF_MS = 250;
const MAX_BACKOFF_MS = 30_000;

/** A new replica may take this many times as long as the first ones took, and this long at least. */
const RESTART_SLOWDOWN = 10;
const MIN_RESTART_TIMEOUT_MS = 60_000;

/** How the replicas are made. */
export interface ReplicaSetOptions {
  replicas: number;
  /** URL of the replica worker's module. */
  workerUrl: string;
  /** What replica `index` is told. Its worker loads its modules while this is found out. */
  spec: (index: number) => ReplicaSpec | Promise<ReplicaSpec>;
  /** Longest time of one minibatch, milliseconds. */
  minibatchTimeoutMs: number;
  log: Log;
}

/** What the owner of the set hears, beside what each replica tells. */
export interface ReplicaSetEvents extends Omit<ReplicaEvents, "died"> {
  /** A replica takes work. */
  ready(replica: Replica): void;
  /** A replica died; another is started in its place after a while. */
  died(replica: Replica, batches: readonly Batch[], error: ClipError): void;
  /** One replica more has opened its model, at start. */
  opened(done: number, total: number): void;
}

/** Times of the start, in milliseconds, of the slowest replica. */
export interface StartTimes {
  loadMs: number;
  warmupMs: number;
}

/** All replicas of a model. Their workers begin to load their modules when it is made. */
export class ReplicaSet {
  readonly #options: ReplicaSetOptions;
  readonly #events: ReplicaSetEvents;
  readonly #replicas: Replica[] = [];
  readonly #failures: number[] = [];
  readonly #restarts = new Set<ReturnType<typeof setTimeout>>();
  #started: { stores: Stores; shape: ModelShape } | undefined;
  #closed = false;
  #startMs = 0;
  /** Replicas started anew since the beginning. */
  restarts = 0;

  constructor(options: ReplicaSetOptions, events: ReplicaSetEvents) {
    this.#options = options;
    this.#events = events;
    for (let index = 0; index < options.replicas; index++) {
      this.#failures[index] = 0;
      this.#make(index);
    }
  }

  /** The replicas that take work now. */
  get ready(): readonly Replica[] {
    return this.#replicas.filter((replica) => replica.ready);
  }

  /**
   * Opens the model in all replicas at once.
   * @param makeStores called once with the model's shape and what a replica was told.
   * @throws {ClipError} if one of them cannot be opened; all are ended then.
   */
  async start(
    makeStores: (shape: ModelShape, spec: ReplicaSpec) => Stores,
  ): Promise<StartTimes> {
    const { replicas, spec } = this.#options;
    let done = 0;
    const began = performance.now();
    this.#events.opened(done, replicas);
    try {
      const opened = await Promise.all(this.#replicas.map(async (replica, index) => {
        const told = await spec(index);
        const result = await replica.open(told);
        this.#events.opened(++done, replicas);
        this.#options.log.debug("Replica opened the model", {
          replica: index,
          ms: Math.round(result.loadMs),
        });
        return { ...result, told };
      }));
      const { shape, told } = opened[0]!;
      const stores = makeStores(shape, told);
      this.#started = { stores, shape };
      const warmups = await Promise.all(
        this.#replicas.map((replica) => replica.attach(stores, shape)),
      );
      this.#startMs = performance.now() - began;
      for (const replica of this.#replicas) {
        this.#options.log.debug("Replica is warm", {
          replica: replica.index,
          ms: Math.round(warmups[replica.index]!),
        });
        this.#events.ready(replica);
      }
      return {
        loadMs: Math.max(...opened.map(({ loadMs }) => loadMs)),
        warmupMs: Math.max(...warmups),
      };
    } catch (thrown) {
      this.#closed = true;
      for (const replica of this.#replicas) replica.kill(ClipError.wrap(thrown));
      throw thrown;
    }
  }

  /** Notes that a replica works: its next restart is not delayed by earlier failures. */
  works(replica: Replica): void {
    this.#failures[replica.index] = 0;
  }

  /** Ends all replicas in order. */
  async close(): Promise<void> {
    this.#closed = true;
    for (const timer of this.#restarts) clearTimeout(timer);
    await Promise.all(this.#replicas.map((replica) => replica.close()));
  }

  #make(index: number): Replica {
    const replica = new Replica(index, this.#options.workerUrl, this.#options.minibatchTimeoutMs, {
      ...this.#events,
      died: (dead, batches, error) => this.#died(dead, batches, error),
    });
    this.#replicas[index] = replica;
    return replica;
  }

  #died(replica: Replica, batches: readonly Batch[], error: ClipError): void {
    if (this.#closed) return;
    const failures = this.#failures[replica.index]!++;
    const delay = Math.min(MAX_BACKOFF_MS, FIRST_BACKOFF_MS * 2 ** failures);
    // During the start a failure is the caller's to handle.
    if (this.#started && this.#replicas[replica.index] === replica) {
      this.#options.log.error(error.message, { replica: replica.index, restartInMs: delay });
      const timer = setTimeout(() => {
        this.#restarts.delete(timer);
        this.#restart(replica.index);
      }, delay);
      this.#restarts.add(timer);
    }
    this.#events.died(replica, batches, error);
  }

  async #restart(index: number): Promise<void> {
    const { stores, shape } = this.#started!;
    this.restarts++;
    const replica = this.#make(index);
    this.#options.log.debug("Replica is started anew", { replica: index });
    const limit = Math.max(MIN_RESTART_TIMEOUT_MS, RESTART_SLOWDOWN * this.#startMs);
    const watchdog = setTimeout(() => {
      replica.kill(new ClipError("backend", `Replica ${index} was not ready within ${limit} ms`));
    }, limit);
    try {
      await replica.open(await this.#options.spec(index));
      await replica.attach(stores, shape);
      this.#options.log.info("Replica started anew", { replica: index });
      this.#events.ready(replica);
    } catch (thrown) {
      // A worker that answers with an error but lives is ended, so that the backoff goes on.
      replica.kill(ClipError.wrap(thrown));
    } finally {
      clearTimeout(watchdog);
    }
  }
}
