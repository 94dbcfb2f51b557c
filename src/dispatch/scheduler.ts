/**
 * The scheduler: drives jobs through both halves of the engine, from the queue over preparation and
 * dispatch to their outcome, and decides what becomes of those that fail on the way.
 */
import { ClipError } from "../errors.ts";
import type { EncodeResult, Modality } from "../model/item.ts";
import type { ModelShape } from "../runtime/model.ts";
import { Dispatcher, type DispatcherOptions } from "./dispatcher.ts";
import type { Job } from "./job.ts";
import { Preparation } from "./preparation.ts";
import type { ReplicaSet, StartTimes } from "./replica_set.ts";

/** Deaths of workers that a job survives. */
const MAX_DEATHS = 1;

/** How the scheduler works. */
export type SchedulerOptions = DispatcherOptions;

/** Drives jobs through preprocessing and replicas. */
export class Scheduler {
  readonly #preparation: Preparation;
  readonly #dispatcher: Dispatcher;
  readonly #finish: (job: Job, result: EncodeResult) => void;

  /** @param finish called once for each job, with its outcome. */
  constructor(options: SchedulerOptions, finish: (job: Job, result: EncodeResult) => void) {
    this.#finish = finish;
    const advanced = () => this.wake();
    this.#preparation = new Preparation(options, {
      prepared: (job) => this.#dispatcher.add(job),
      unreadable: (job, error) => this.#settle(job, error),
      lost: (job, error, suspect) => this.#retry(job, error, suspect),
      advanced,
    });
    this.#dispatcher = new Dispatcher(options, {
      preprocessor: (replica, index, port) => this.#preparation.workers.add(replica, index, port),
      preprocessorDied: (replica, index, error) =>
        this.#preparation.workers.died(replica, index, error),
      gathered: (jobs) => {
        for (const job of jobs) this.#preparation.release(job);
        this.#preparation.advance();
      },
      computed: (job, embedding) => this.#settle(job, embedding),
      failed: (job, error, suspect) => this.#retry(job, error, suspect),
      unwanted: (job) => {
        this.#preparation.release(job);
        this.#settle(job, new ClipError("cancelled", "Nobody waits for it any more"));
      },
      died: (replica, error) => this.#preparation.dropReplica(replica, error),
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

  /** Starts the replicas. Throws what `ReplicaSet.start` throws. */
  async start(): Promise<{ shape: ModelShape; times: StartTimes }> {
    let opened: ModelShape | undefined;
    const times = await this.#dispatcher.start((shape) => {
      opened = shape;
      const stores = this.#preparation.open(shape);
      this.#dispatcher.boundImages(this.#preparation.slots!.image.total);
      return stores;
    });
    return { shape: opened!, times };
  }

  /** Takes a job in; its flow is who it is fair to. */
  submit(job: Job, flow: object): void {
    this.#dispatcher.arrived(job.item.modality);
    this.#preparation.submit(job, flow);
  }

  /** A flow wants a job that another flow brought: it does not wait for that flow's turn. */
  join(job: Job, flow: object): void {
    if (job.stage === "queued") this.#preparation.join(job, flow);
  }

  /** Looks for work to hand on; call after `submit`. */
  wake(): void {
    this.#preparation.advance();
    this.#dispatcher.advance();
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
    this.#finish(job, result);
  }
}
