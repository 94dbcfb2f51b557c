/**
 * The scheduler: jobs wait in the order of fair queueing, are prepared by the sub-pools as far as
 * there are slots, and gather until a replica takes them as a minibatch.
 *
 * An idle replica takes what is prepared at once. A busy one is given one more minibatch only if
 * that is full already, so that it goes on without a pause; everything else keeps gathering.
 */
import { ClipError, type ErrorData } from "../errors.ts";
import type { Log } from "../telemetry/log.ts";
import type { ModelShape } from "../runtime/model.ts";
import { FairQueue } from "./fair_queue.ts";
import type { EncodeItem, EncodeResult, Modality } from "../model/item.ts";
import type { Job } from "./job.ts";
import { Minibatches } from "./minibatches.ts";
import type { EngineObserver } from "../telemetry/engine_observer.ts";
import { isOutOfMemory } from "./out_of_memory.ts";
import { PreprocessPool } from "./preprocess_pool.ts";
import type { Batch, Replica } from "./replica.ts";
import { ReplicaSet, type ReplicaSetOptions, type StartTimes } from "./replica_set.ts";
import { type SlotStore, slotStores } from "./slot_store.ts";

/** Texts that go to a preprocessing worker in one message. */
const TEXTS_PER_TASK = 32;

/** What is left of a job's input when nobody wants it any more. */
const NOTHING: Record<Modality, EncodeItem> = {
  text: { modality: "text", text: "" },
  image: { modality: "image", bytes: new Uint8Array(0) },
};

/** Deaths of workers that a job survives. */
const MAX_DEATHS = 1;

/** How the scheduler works. */
export interface SchedulerOptions extends ReplicaSetOptions {
  minibatchSize: number;
  /** Most tokens of a text minibatch, padding included. */
  tokenBudget: number;
  observer: EngineObserver;
  /** A replica more has opened its model, at start. */
  onOpened: (done: number, total: number) => void;
  log: Log;
}

/** Drives jobs through preprocessing and replicas. */
export class Scheduler {
  readonly #options: SchedulerOptions;
  readonly #set: ReplicaSet;
  readonly #queues: Record<Modality, FairQueue<Job>> = {
    text: new FairQueue(),
    image: new FairQueue(),
  };
  readonly #minibatches: Minibatches;
  /** Items in the hands of replicas. */
  readonly running: Record<Modality, number> = { text: 0, image: 0 };
  readonly #finish: (job: Job, result: EncodeResult) => void;
  readonly #dropped: Record<Modality, number> = { text: 0, image: 0 };
  readonly #pool: PreprocessPool;
  #stores: Record<Modality, SlotStore> | undefined;
  #nextBatch = 0;

  /** @param finish called once for each job, with its outcome. */
  constructor(options: SchedulerOptions, finish: (job: Job, result: EncodeResult) => void) {
    this.#options = options;
    this.#finish = finish;
    this.#minibatches = new Minibatches(options);
    this.#pool = new PreprocessPool({ timeoutMs: options.minibatchTimeoutMs, log: options.log }, {
      ready: () => this.#pump(),
      prepared: (jobs, lengths, errors, ms) => this.#jobsPrepared(jobs, lengths, errors, ms),
      lost: (suspects, others, error) => {
        for (const job of suspects) this.#retry(job, error, true);
        for (const job of others) this.#retry(job, error, false);
        this.#pump();
      },
      replaced: () => options.observer.restarted("preprocessor"),
    });
    this.#set = new ReplicaSet(options, {
      opened: (done, total) => options.onOpened(done, total),
      ready: () => this.#pump(),
      preprocessor: (replica, index, port) => this.#pool.add(replica, index, port),
      preprocessorDied: (replica, index, error) => this.#pool.died(replica, index, error),
      gathered: (batch) => this.#releaseSlots(batch),
      result: (replica, batch, data, dim, ms) => this.#result(replica, batch, data, dim, ms),
      failed: (replica, batch, error) => {
        this.#batchFailed(replica, batch, error);
        this.#pump();
      },
      died: (replica, batches, error) => this.#replicaDied(replica, batches, error),
    });
  }

  /** The replicas. */
  get replicas(): ReplicaSet {
    return this.#set;
  }

  /** Starts the replicas. Throws what `ReplicaSet.start` throws. */
  async start(): Promise<{ shape: ModelShape; times: StartTimes }> {
    let opened: ModelShape | undefined;
    const times = await this.#set.start((shape) => {
      opened = shape;
      this.#stores = slotStores(shape, this.#options.minibatchSize, this.#options.replicas);
      this.#minibatches.bound("image", this.#stores.image.capacity);
      return { text: this.#stores.text.memory, pixels: this.#stores.image.memory };
    });
    return { shape: opened!, times };
  }

  /** Takes a job in; its flow is who it is fair to. */
  submit(job: Job, flow: object): void {
    const { modality } = job.item;
    this.#minibatches.arrived(modality);
    this.#queues[modality].push(job, flow, 1);
  }

  /** A flow wants a job that another flow brought: it does not wait for that flow's turn. */
  join(job: Job, flow: object): void {
    if (job.stage === "queued") this.#queues[job.item.modality].join(job, flow, 1);
  }

  /** Slots of prepared inputs that are free, of how many. */
  get slots(): Record<Modality, { free: number; total: number }> | undefined {
    const stores = this.#stores;
    if (!stores) return undefined;
    const count = ({ available, capacity }: SlotStore) => ({ free: available, total: capacity });
    return { text: count(stores.text), image: count(stores.image) };
  }

  /** Looks for work to hand on; call after `submit`. */
  wake(): void {
    this.#pump();
  }

  /** A job nobody waits for any more: it is not computed if it has not started. */
  drop(job: Job): void {
    if (job.stage === "prepared") {
      this.#minibatches.drop(job);
      this.#release(job);
    }
    const { stage, item: { modality } } = job;
    job.item = NOTHING[modality];
    // Those being prepared are let go when they come back.
    if (stage !== "running") job.stage = "done";
    if (stage !== "queued") return;
    // Removing one by one would cost a search each: the dead are swept out when they are many.
    const queue = this.#queues[modality];
    if (++this.#dropped[modality] > queue.size / 2) {
      queue.prune((queued) => queued.stage === "queued");
      this.#dropped[modality] = 0;
    }
  }

  /** Somebody left: takes back the minibatches that have not begun and hold what nobody wants. */
  recall(): void {
    const unwanted = (job: Job) => job.waiters.size === 0;
    for (const replica of this.#set.ready) {
      const batch = replica.waiting?.jobs.some(unwanted) ? replica.takeBack() : undefined;
      for (const job of batch?.jobs ?? []) {
        this.running[job.item.modality]--;
        job.stage = "prepared";
        if (unwanted(job)) {
          this.#release(job);
          this.#settle(job, new ClipError("cancelled", "Nobody waits for it any more"));
        } else this.#minibatches.add(job);
      }
    }
    this.#pump();
  }

  /** Ends all workers. */
  async close(): Promise<void> {
    this.#pool.close();
    await this.#set.close();
  }

  #pump(): void {
    if (!this.#stores) return;
    this.#prepare();
    this.#dispatch();
  }

  // ---- preprocessing

  #prepare(): void {
    while (this.#queues.text.size > 0) {
      const preprocessor = this.#pool.roomiest();
      const jobs = preprocessor && this.#takeQueued("text", TEXTS_PER_TASK);
      if (!jobs || jobs.length === 0) break;
      preprocessor.prepareTexts(jobs);
    }
    while (this.#queues.image.size > 0) {
      const preprocessor = this.#pool.roomiest();
      const jobs = preprocessor && this.#takeQueued("image", 1);
      if (!jobs || jobs.length === 0) break;
      preprocessor.prepareImage(jobs[0]!);
    }
  }

  /** Takes jobs whose turn it is, each with a slot. A job that saw a worker die comes alone. */
  #takeQueued(modality: Modality, most: number): Job[] {
    const queue = this.#queues[modality];
    const store = this.#stores![modality];
    const jobs: Job[] = [];
    while (jobs.length < most && store.available > 0) {
      const job = queue.pop();
      if (!job) break;
      if (job.stage !== "queued") continue;
      if (job.deaths > 0 && jobs.length > 0) {
        queue.restore(job);
        break;
      }
      job.stage = "preparing";
      job.slot = store.take()!;
      jobs.push(job);
      if (job.deaths > 0) break;
    }
    return jobs;
  }

  #jobsPrepared(
    jobs: readonly Job[],
    lengths: readonly number[],
    errors: readonly (ErrorData | null)[],
    ms: number,
  ): void {
    this.#options.observer.prepared(jobs[0]!.item.modality, jobs.length, ms);
    jobs.forEach((job, i) => {
      const error = errors[i];
      if (job.stage === "done") return this.#release(job);
      if (error) {
        this.#release(job);
        return this.#settle(job, ClipError.fromData(error));
      }
      job.stage = "prepared";
      job.length = lengths[i]!;
      this.#minibatches.add(job);
    });
    this.#pump();
  }

  // ---- minibatches

  #dispatch(): void {
    const replicas = this.#set.ready;
    for (const replica of replicas) {
      if (replica.load > 0) continue;
      this.#offer(replica, false);
      if (replica.load === 0) this.#relieve(replica, replicas);
    }
    for (const replica of replicas) {
      if (replica.load === 1) this.#offer(replica, true);
    }
  }

  /** Gives an idle replica what waits behind another one's minibatch. */
  #relieve(idle: Replica, replicas: readonly Replica[]): void {
    for (const replica of replicas) {
      const batch = replica.load > 1 && replica.takeBack();
      if (!batch) continue;
      const { modality, jobs } = batch;
      idle.run({ id: this.#nextBatch++, modality, jobs, gathered: false });
      return;
    }
  }

  /** Gives a replica a minibatch, if there is one; ahead of time only a full one. */
  #offer(replica: Replica, ahead: boolean): void {
    const alone = this.#set.ready.length === 1;
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
    this.#set.works(replica);
    this.#minibatches.served(modality, jobs.length, ms);
    const tokens = jobs.reduce((sum, job) => sum + job.length, 0);
    const longest = Math.max(...jobs.map((job) => job.length));
    const padding = modality === "text" ? 1 - tokens / (jobs.length * longest) : 0;
    const fill = jobs.length / this.#options.minibatchSize;
    this.#options.observer.computed(replica.index, modality, jobs.length, fill, padding, ms);
    // The next minibatch first: the replica computes while the answers are written.
    this.#pump();
    jobs.forEach((job, i) => this.#settle(job, data.subarray(i * dim, (i + 1) * dim)));
  }

  #batchFailed(replica: Replica, batch: Batch, error: ClipError): void {
    const { modality, jobs } = batch;
    if (isOutOfMemory(error) && jobs.length > 1) {
      this.#options.log.warn("Out of memory: smaller minibatches from now on", {
        modality,
        was: jobs.length,
        now: this.#minibatches.bound(modality, jobs.length >> 1),
      });
      for (const job of jobs) this.#retry(job, error, false);
      return;
    }
    for (const job of jobs) {
      job.failedOn = replica.index;
      this.#retry(job, error, true);
    }
  }

  #replicaDied(replica: Replica, batches: readonly Batch[], error: ClipError): void {
    this.#options.observer.restarted("replica");
    this.#pool.dropReplica(replica, error);
    const [inWork, ...waiting] = batches;
    for (const batch of batches) this.#releaseSlots(batch);
    for (const job of inWork?.jobs ?? []) {
      job.failedOn = replica.index;
      this.#retry(job, error, true);
    }
    for (const job of waiting.flatMap((batch) => batch.jobs)) this.#retry(job, error, false);
    this.#pump();
  }

  // ---- jobs

  /** Puts a job back to the beginning, or fails it if it was there when too many workers died. */
  #retry(job: Job, error: ClipError, suspect: boolean): void {
    this.#release(job);
    if (job.stage === "done") return;
    if (job.stage === "running") this.running[job.item.modality]--;
    job.stage = "queued";
    if (job.waiters.size === 0) return this.#settle(job, error);
    if (suspect && job.deaths++ >= MAX_DEATHS) {
      const reason = `This input failed twice, the second time by itself: ${error.message}`;
      return this.#settle(job, new ClipError("backend", reason));
    }
    this.#queues[job.item.modality].restore(job);
  }

  #settle(job: Job, result: EncodeResult): void {
    if (job.stage === "running") this.running[job.item.modality]--;
    job.stage = "done";
    this.#finish(job, result);
  }

  #releaseSlots(batch: Batch): void {
    for (const job of batch.jobs) this.#release(job);
    this.#prepare();
  }

  #release(job: Job): void {
    if (job.slot < 0) return;
    this.#stores![job.item.modality].release(job.slot);
    job.slot = -1;
  }
}
