/**
 * The jobs inside the engine: equal items share one, and each is counted, with the bytes it holds,
 * until it has its outcome or nobody waits for it any more.
 */
import type { EncodeItem, EncodeResult, Modality } from "../model/item.ts";
import type { EngineObserver } from "../telemetry/engine_observer.ts";
import type { RequestTrace } from "../telemetry/request_trace.ts";
import { itemBytes, type Job, type Waiter } from "./job.ts";
import type { Scheduler } from "./scheduler.ts";
import { type WaitingTime, workOf } from "./waiting_time.ts";

/** What jobs are handed to, and who hears of them. */
export interface JobsUnderWayOptions {
  readonly scheduler: Pick<Scheduler, "submit" | "join" | "drop">;
  readonly time: WaitingTime;
  readonly observer: Pick<EngineObserver, "merged">;
  /** A job is out: there is room for others. */
  left(): void;
}

/** Which items are under way, and who waits for them. */
export class JobsUnderWay {
  readonly #options: JobsUnderWayOptions;
  readonly #byKey = new Map<string, Job>();
  readonly #inside: Record<Modality, number> = { text: 0, image: 0 };
  #heldBytes = 0;
  #sequence = 0;

  constructor(options: JobsUnderWayOptions) {
    this.#options = options;
  }

  /** How many there are, waiting or running. */
  get inside(): Readonly<Record<Modality, number>> {
    return this.#inside;
  }

  /** Bytes that their items hold. */
  get heldBytes(): number {
    return this.#heldBytes;
  }

  /** Whether there are none. */
  get empty(): boolean {
    return this.#byKey.size === 0;
  }

  /** All of them, as they are now. */
  all(): Job[] {
    return [...this.#byKey.values()];
  }

  /**
   * Joins the job of an equal item that is under way, or starts one.
   * @param key the item's, as `contentKey` makes it.
   * @param tokens most that a text is cut to; 0 if all texts cost one.
   */
  claim(item: EncodeItem, key: string, flow: object, tokens: number, waiter: Waiter): Job {
    const known = this.#byKey.get(key);
    if (known) this.#join(known, flow, waiter);
    return known ?? this.#begin(item, key, flow, tokens, waiter);
  }

  #join(job: Job, flow: object, waiter: Waiter): void {
    const { scheduler, time, observer } = this.#options;
    observer.merged();
    if (waiter.trace) {
      waiter.trace.join();
      job.traced = true;
    }
    job.waiters.add(waiter);
    time.left(job);
    scheduler.join(job, flow, time.spacing(job.item.modality, job.work));
    time.entered(job);
  }

  #begin(item: EncodeItem, key: string, flow: object, tokens: number, waiter: Waiter): Job {
    const { scheduler, time } = this.#options;
    const job: Job = {
      item,
      key,
      bytes: itemBytes(item),
      arrivedAt: performance.now(),
      work: workOf(item, tokens),
      step: 0,
      prepareMs: 0,
      computeMs: 0,
      traced: waiter.trace !== undefined,
      preparedAt: 0,
      computedAt: 0,
      replica: -1,
      minibatch: 0,
      fill: 0,
      waiters: new Set([waiter]),
      stage: "queued",
      slot: -1,
      length: 0,
      deaths: 0,
      failedOn: -1,
      tag: 0,
      sequence: this.#sequence++,
    };
    this.#byKey.set(key, job);
    this.#inside[item.modality]++;
    this.#heldBytes += job.bytes;
    scheduler.submit(job, flow, time.spacing(item.modality, job.work));
    time.entered(job);
    return job;
  }

  /** Somebody waits no more: a job that nobody waits for, and that no replica has, is dropped. */
  leave(job: Job, waiter: Waiter): void {
    job.waiters.delete(waiter);
    if (job.waiters.size > 0 || job.stage === "running" || job.stage === "done") return;
    this.#options.scheduler.drop(job);
    this.#forget(job);
  }

  /** A job has its outcome, which all who wait for it are told. @param tokens of a text: its ids. */
  finish(job: Job, result: EncodeResult, tokens: number): void {
    this.#forget(job);
    for (const waiter of job.waiters) {
      if (waiter.trace) tellTimes(waiter.trace, job);
      waiter.usage?.add(tokens);
      waiter.settle(result);
    }
    job.waiters.clear();
  }

  #forget(job: Job): void {
    if (this.#byKey.get(job.key) !== job) return;
    this.#byKey.delete(job.key);
    this.#inside[job.item.modality]--;
    this.#heldBytes -= job.bytes;
    this.#options.time.left(job);
    this.#options.left();
  }
}

/** What is neither preparing nor computing is waiting. */
function tellTimes(trace: RequestTrace, job: Job): void {
  const { arrivedAt, prepareMs, computeMs } = job;
  const queueMs = Math.max(0, performance.now() - arrivedAt - prepareMs - computeMs);
  trace.computed({ queueMs, preprocessMs: prepareMs, computeMs }, job);
}
