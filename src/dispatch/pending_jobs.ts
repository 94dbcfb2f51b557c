/** The jobs that are inside, by the keys of their items, and the requests that wait for each. */
import type { EncodeItem, Modality } from "../model/item.ts";
import { itemBytes, type Job, type Waiter } from "./job.ts";
import type { Scheduler } from "./scheduler.ts";
import { type WaitingTime, workOf } from "./waiting_time.ts";

/** Where the jobs go, and who hears of them. */
export interface PendingJobsOptions {
  scheduler: Pick<Scheduler, "submit" | "join" | "drop">;
  time: WaitingTime;
  /** Tokens that the model cuts texts to; 0 if all texts cost it the same. */
  tokens(): number;
  /** A request joined the job of another one. */
  merged(): void;
  /** A job is gone: there is more room. */
  forgotten(): void;
}

/** Keeps the jobs from their first claim until they are forgotten. */
export class PendingJobs {
  readonly #options: PendingJobsOptions;
  readonly #jobs = new Map<string, Job>();
  /** Items inside, waiting or running. */
  readonly inside: Record<Modality, number> = { text: 0, image: 0 };
  #heldBytes = 0;
  #sequence = 0;

  constructor(options: PendingJobsOptions) {
    this.#options = options;
  }

  /** How many there are. */
  get size(): number {
    return this.#jobs.size;
  }

  /** All of them now. */
  get all(): Job[] {
    return [...this.#jobs.values()];
  }

  /** Bytes that their items hold. */
  get heldBytes(): number {
    return this.#heldBytes;
  }

  /** Joins the job of an equal item that is under way, or starts one. */
  claim(item: EncodeItem, key: string, flow: object, waiter: Waiter): Job {
    const { scheduler, time, tokens, merged } = this.#options;
    const known = this.#jobs.get(key);
    if (known) {
      merged();
      known.waiters.add(waiter);
      time.left(known);
      scheduler.join(known, flow, time.spacing(item.modality, known.work));
      time.entered(known);
      return known;
    }
    const job: Job = {
      item,
      key,
      bytes: itemBytes(item),
      arrivedAt: performance.now(),
      work: workOf(item, tokens()),
      step: 0,
      waiters: new Set([waiter]),
      stage: "queued",
      slot: -1,
      length: 0,
      deaths: 0,
      failedOn: -1,
      tag: 0,
      sequence: this.#sequence++,
    };
    this.#jobs.set(key, job);
    this.inside[item.modality]++;
    this.#heldBytes += job.bytes;
    scheduler.submit(job, flow, time.spacing(item.modality, job.work));
    time.entered(job);
    return job;
  }

  /** One who waits for a job leaves; what nobody waits for is dropped, unless it runs already. */
  leave(job: Job, waiter: Waiter): void {
    job.waiters.delete(waiter);
    if (job.waiters.size > 0 || job.stage === "running" || job.stage === "done") return;
    this.#options.scheduler.drop(job);
    this.forget(job);
  }

  /** A job is done, or nobody wants it. */
  forget(job: Job): void {
    if (this.#jobs.get(job.key) !== job) return;
    this.#jobs.delete(job.key);
    this.inside[job.item.modality]--;
    this.#heldBytes -= job.bytes;
    this.#options.time.left(job);
    this.#options.forgotten();
  }
}
