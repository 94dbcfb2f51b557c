/**
 * The scheduler: drives jobs through both halves of the engine, from the queue over preparation and
 * dispatch to their outcome, and decides what becomes of those that fail on the way.
 */
import { checkedEmbedding } from "./checked_embedding.ts";
import { ClipError } from "../errors.ts";
import type { EncodeResult, Modality } from "../model/item.ts";
import type { ModelShape } from "../runtime/model.ts";
import { Dispatcher, type DispatcherOptions } from "./dispatcher.ts";
import type { Job } from "./job.ts";
import { Preparation, type PreparationOptions } from "./preparation.ts";
import type { ReplicaSet, StartTimes } from "./replica_set.ts";

/** Deaths of workers that a job survives. */
const MAX_DEATHS = 1;

/** How the scheduler works. */
export interface SchedulerOptions extends PreparationOptions, DispatcherOptions {}

/** What comes of it. */
export interface SchedulerEvents {
  /** A job's outcome; told once for each. */
  finished(job: Job, result: EncodeResult): void;
  /** A minibatch was computed; its jobs are not finished yet. */
  computed(modality: Modality, jobs: readonly Job[], ms: number): void;
  /** What there was to hand on has been handed on. */
  advanced(): void;
}

/** Drives jobs through preprocessing and replicas. */
export class Scheduler {
  readonly #preparation: Preparation;
  readonly #dispatcher: Dispatcher;
  readonly #events: SchedulerEvents;

  constructor(options: SchedulerOptions, events: SchedulerEvents) {
    this.#events = events;
    const advanced = () => this.wake();
    this.#preparation = new Preparation(options, {
      prepared: (job) => this.#dispatcher.add(job),
      unreadable: (job, error) => this.#settle(job, error),
      lost: (job, error, suspect) => this.#retry(job, error, suspect),
      advanced,
    });
    this.#dispatcher = new Dispatcher(options, {
      gathered: (jobs) => {
        for (const job of jobs) this.#preparation.release(job);
        this.wake();
      },
      ran: (modality, jobs, ms) => events.computed(modality, jobs, ms),
      computed: (job, embedding) => this.#settle(job, checkedEmbedding(embedding)),
      failed: (job, error, suspect) => this.#retry(job, error, suspect),
      unwanted: (job) => {
        this.#preparation.release(job);
        this.#settle(job, new ClipError("cancelled", "Nobody waits for it any more"));
      },
      advanced,
    });
  }

  /** The replicas. */
  get replicas(): ReplicaSet {
    return this.#dispatcher.replicas;
  }

  /** Items in the hands of replicas. */
  get running(): Readonly<Record<Modality, number>> {
    return this.#dispatcher.running;
  }

  /** Slots of prepared inputs that are free, of how many. */
  get slots(): Preparation["slots"] {
    return this.#preparation.slots;
  }

  /**
   * Starts all workers.
   * @throws {ClipError} with the reason if one of them cannot start; all are ended then.
   */
  async start(): Promise<{ shape: ModelShape; times: StartTimes }> {
    let opened: ModelShape | undefined;
    let preparing: Promise<void> | undefined;
    try {
      const times = await this.#dispatcher.start((shape, model) => {
        opened = shape;
        const { stores, ready } = this.#preparation.start(shape, model);
        preparing = ready;
        // Awaited once the replicas are there: a worker may die before.
        ready.catch(() => undefined);
        this.#dispatcher.boundImages(this.#preparation.slots!.image.total);
        return stores;
      });
      await preparing;
      return { shape: opened!, times };
    } catch (thrown) {
      await this.close();
      throw thrown;
    }
  }

  /** Where a flow's next item would stand in the queue. */
  place(modality: Modality, flow: object | undefined): number {
    return this.#preparation.place(modality, flow);
  }

  /** Takes a job in; its flow, whose next one stands `spacing` behind it, is who it is fair to. */
  submit(job: Job, flow: object, spacing: number): void {
    this.#dispatcher.arrived(job.item.modality);
    this.#preparation.submit(job, flow, spacing);
  }

  /** A flow wants a job that another flow brought: it does not wait for that flow's turn. */
  join(job: Job, flow: object, spacing: number): void {
    if (job.stage === "queued") this.#preparation.join(job, flow, spacing);
  }

  /** Looks for work to hand on; call after `submit`. */
  wake(): void {
    this.#preparation.advance();
    this.#dispatcher.advance();
    this.#events.advanced();
  }

  /** A job that is not running and nobody waits for any more: it is not computed. */
  drop(job: Job): void {
    if (job.stage === "prepared") this.#dispatcher.drop(job);
    this.#preparation.drop(job);
  }

  /** Somebody left: takes back the minibatches that have not begun and hold what nobody wants. */
  recall(): void {
    this.#dispatcher.recall();
    this.wake();
  }

  /** Ends all workers. */
  async close(): Promise<void> {
    this.#preparation.close();
    await this.#dispatcher.close();
  }

  /** Puts a job back to the beginning, or fails it if it was there when too many workers died. */
  #retry(job: Job, error: ClipError, suspect: boolean): void {
    this.#preparation.release(job);
    if (job.stage === "done") return;
    job.stage = "queued";
    if (job.waiters.size === 0) return this.#settle(job, error);
    if (suspect && job.deaths++ >= MAX_DEATHS) {
      const reason = `This input failed twice, the second time by itself: ${error.message}`;
      return this.#settle(job, new ClipError("backend", reason));
    }
    this.#preparation.restore(job);
  }

  #settle(job: Job, result: EncodeResult): void {
    job.stage = "done";
    this.#events.finished(job, result);
  }
}
