/**
 * The second half of the engine, dispatching: prepared jobs gather until a replica takes them as a
 * minibatch.
 *
 * An idle replica takes what is prepared at once. A busy one is given one more minibatch only if
 * that is full already, so that it goes on without a pause; everything else keeps gathering.
 */
import type { ClipError } from "../errors.ts";
import type { Modality } from "../model/item.ts";
import type { ModelFiles, ModelShape } from "../runtime/model.ts";
import { ShapePolicy } from "../runtime/shape_policy.ts";
import type { EngineObserver } from "../telemetry/engine_observer.ts";
import type { Log } from "../telemetry/log.ts";
import type { Stores } from "../../workers/messages.ts";
import { type HandOut, handOut } from "./hand_out.ts";
import type { Job } from "./job.ts";
import { Minibatches } from "./minibatches.ts";
import { isOutOfMemory } from "./out_of_memory.ts";
import type { Batch, Replica } from "./replica.ts";
import { ReplicaSet, type ReplicaSetOptions, type StartTimes } from "./replica_set.ts";

/** How minibatches are made and run. */
export interface DispatcherOptions extends ReplicaSetOptions {
  minibatchSize: number;
  /** Most tokens of a text minibatch, padding included. */
  tokenBudget: number;
  observer: EngineObserver;
  /** A replica more has opened its model, at start. */
  onOpened: (done: number, total: number) => void;
  log: Log;
}

/** What comes of it. */
export interface DispatcherEvents {
  /** The slots of these jobs have been read, or are not needed any more. */
  gathered(jobs: readonly Job[]): void;
  /** A minibatch was computed, in `ms` milliseconds; `computed` follows for each of its jobs. */
  ran(modality: Modality, jobs: readonly Job[], ms: number): void;
  /** A job's embedding. */
  computed(job: Job, embedding: Float32Array): void;
  /** A job was not computed; a suspect may be the reason. */
  failed(job: Job, error: ClipError, suspect: boolean): void;
  /** Nobody waits any more for a job that was to run next. */
  unwanted(job: Job): void;
  /** There may be work to hand on. */
  advanced(): void;
}

/** The prepared jobs, and the replicas that compute them. */
export class Dispatcher {
  readonly #options: DispatcherOptions;
  readonly #events: DispatcherEvents;
  readonly #minibatches: Minibatches;
  /** Jobs in the hands of replicas. */
  readonly running: Record<Modality, number> = { text: 0, image: 0 };
  /** The replicas. */
  readonly replicas: ReplicaSet;
  #nextBatch = 0;
  /** Made once: hands are looked at with every item. */
  readonly #hands: HandOut<Batch, Replica> = {
    offer: (replica, ahead) => this.#offer(replica, ahead),
    relieve: (idle, { modality, jobs }) =>
      idle.run({ id: this.#nextBatch++, modality, jobs, gathered: false }),
  };

  constructor(options: DispatcherOptions, events: DispatcherEvents) {
    this.#options = options;
    this.#events = events;
    this.#minibatches = new Minibatches(options);
    this.replicas = new ReplicaSet(options, {
      opened: (done, total) => options.onOpened(done, total),
      ready: () => events.advanced(),
      gathered: ({ jobs }) => events.gathered(jobs),
      result: (replica, batch, data, dim, ms) => this.#result(replica, batch, data, dim, ms),
      failed: (replica, batch, error) => this.#batchFailed(replica, batch, error),
      died: (replica, batches, error) => this.#replicaDied(replica, batches, error),
    });
  }

  /**
   * Starts the replicas.
   * @param makeStores called once with the model's shape and what it was opened from.
   * @throws {ClipError} what `ReplicaSet.start` throws.
   */
  start(makeStores: (shape: ModelShape, model: ModelFiles) => Stores): Promise<StartTimes> {
    return this.replicas.start((shape, { model, buckets }) => {
      const { contextLength, freeTextLength } = shape;
      const shapes = new ShapePolicy(buckets);
      this.#minibatches.roundLengths((length) =>
        freeTextLength ? shapes.length(length, contextLength) : contextLength
      );
      return makeStores(shape, model);
    });
  }

  /** Bounds the minibatches of images. */
  boundImages(most: number): void {
    this.#minibatches.bound("image", most);
  }

  /** An item arrived, not prepared yet. */
  arrived(modality: Modality): void {
    this.#minibatches.arrived(modality);
  }

  /** Takes a prepared job in. */
  add(job: Job): void {
    this.#minibatches.add(job);
  }

  /** Takes a job out that is prepared, and not running. */
  drop(job: Job): void {
    this.#minibatches.drop(job);
  }

  /** Somebody left: takes back the minibatches that have not begun and hold what nobody wants. */
  recall(): void {
    const unwanted = (job: Job) => job.waiters.size === 0;
    for (const replica of this.replicas.ready) {
      const batch = replica.waiting?.jobs.some(unwanted) ? replica.takeBack() : undefined;
      for (const job of batch?.jobs ?? []) {
        this.running[job.item.modality]--;
        job.stage = "prepared";
        if (unwanted(job)) this.#events.unwanted(job);
        else this.#minibatches.add(job);
      }
    }
  }

  /** Hands minibatches to replicas that take them. */
  advance(): void {
    handOut(this.replicas.ready, this.#hands);
  }

  /** Ends the replicas. */
  close(): Promise<void> {
    return this.replicas.close();
  }

  /** Gives a replica a minibatch, if there is one; ahead of time only a full one. */
  #offer(replica: Replica, ahead: boolean): void {
    const alone = this.replicas.ready.length === 1;
    const minibatch = this.#minibatches.take({ replica: replica.index, alone, ahead });
    if (!minibatch) return;
    const { modality, jobs } = minibatch;
    const now = performance.now();
    for (const job of jobs) {
      job.stage = "running";
      this.running[modality]++;
      this.#options.observer.waited(modality, now - job.arrivedAt);
    }
    replica.run({ id: this.#nextBatch++, modality, jobs, gathered: false });
  }

  #result(
    replica: Replica,
    batch: Batch,
    data: Float32Array,
    dim: number,
    ms: number,
  ): void {
    const { jobs, modality } = batch;
    // Before anything is made of it.
    const now = jobs.some(({ traced }) => traced) ? performance.now() : 0;
    this.replicas.works(replica);
    this.#minibatches.served(modality, jobs.length, ms);
    const tokens = jobs.reduce((sum, job) => sum + job.length, 0);
    const longest = Math.max(...jobs.map((job) => job.length));
    const padding = modality === "text" ? 1 - tokens / (jobs.length * longest) : 0;
    const fill = jobs.length / this.#options.minibatchSize;
    this.#options.observer.computed(replica.index, modality, jobs.length, fill, padding, ms);
    this.#events.ran(modality, jobs, ms);
    // The next minibatch first: the replica computes while the answers are written.
    this.#events.advanced();
    jobs.forEach((job, i) => {
      this.running[modality]--;
      job.computeMs = ms;
      if (job.traced) {
        job.computedAt = now;
        job.replica = replica.index;
        job.minibatch = jobs.length;
        job.fill = fill;
      }
      this.#events.computed(job, data.subarray(i * dim, (i + 1) * dim));
    });
  }

  #batchFailed(replica: Replica, batch: Batch, error: ClipError): void {
    const { modality, jobs } = batch;
    const smaller = isOutOfMemory(error) && jobs.length > 1;
    if (smaller) {
      this.#options.log.warn("Out of memory: smaller minibatches from now on", {
        modality,
        was: jobs.length,
        now: this.#minibatches.bound(modality, jobs.length >> 1),
      });
    }
    for (const job of jobs) this.#failed(job, error, smaller ? undefined : replica);
    this.#events.advanced();
  }

  #replicaDied(replica: Replica, batches: readonly Batch[], error: ClipError): void {
    this.#options.observer.restarted("replica");
    const [inWork, ...waiting] = batches;
    for (const { jobs } of batches) this.#events.gathered(jobs);
    for (const job of inWork?.jobs ?? []) this.#failed(job, error, replica);
    for (const job of waiting.flatMap(({ jobs }) => jobs)) this.#failed(job, error);
    this.#events.advanced();
  }

  /** @param on the replica that failed the job itself, if one did. */
  #failed(job: Job, error: ClipError, on?: Replica): void {
    this.running[job.item.modality]--;
    if (on) job.failedOn = on.index;
    this.#events.failed(job, error, on !== undefined);
  }
}
