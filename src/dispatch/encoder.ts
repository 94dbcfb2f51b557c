/**
 * `Encoder`: the one door between the protocols and the engine. Items go in, embeddings come out;
 * which replica computes what, together with whose items, is settled behind it.
 */
import { LRUCache } from "lru-cache";
import { timerMs } from "../deadline.ts";
import { ClipError } from "../errors.ts";
import type { ModelShape } from "../runtime/model.ts";
import type { EncodeItem, EncodeResult, Modality } from "../model/item.ts";
import { contentKey, itemBytes, type Job, type Waiter } from "./job.ts";
import type { EngineState } from "../telemetry/engine_observer.ts";
import { Scheduler, type SchedulerOptions } from "./scheduler.ts";
import { Turns } from "../turns.ts";
import { QueueBounds, type Queued, type QueueLimits } from "./queue_bounds.ts";
import type { StartTimes } from "./replica_set.ts";
import { WaitingTime, workOf } from "./waiting_time.ts";

const MODALITIES: readonly Modality[] = ["text", "image"];

/** A modality is taken to be asked for as long as this after it last was. */
const ASKED_MS = 10_000;

/** Of the requests that would be refused unread one is read so often, to see what it asks for. */
const LOOK_MS = 100;

/** How an encoder works. */
export interface EncoderOptions extends SchedulerOptions, QueueLimits {
  /** Bytes of embeddings kept for items that come again; 0 for none. */
  cacheBytes: number;
}

/** What a caller may say about its items. */
export interface EncodeOptions {
  /** Items that have not started are dropped when it fires; its reason is thrown. */
  signal?: AbortSignal;
  /** Who the items belong to, for fairness: a request, or the stream that it came by. */
  flow?: object;
  /** Wait for room in the queue instead of being refused. */
  wait?: boolean;
}

/** Embeds texts and images with one model. */
export class Encoder {
  readonly #options: EncoderOptions;
  readonly #scheduler: Scheduler;
  readonly #pending = new Map<string, Job>();
  readonly #cache: LRUCache<string, Float32Array> | undefined;
  /** Items inside, waiting or running. */
  readonly #inside: Record<Modality, number> = { text: 0, image: 0 };
  readonly #embedded: Record<Modality, number> = { text: 0, image: 0 };
  readonly #time: WaitingTime;
  readonly #bounds: QueueBounds;
  /** When items of a modality last came, taken or not; `performance.now()`. */
  readonly #askedAt: Record<Modality, number> = { text: -Infinity, image: -Infinity };
  #lookedAt = -Infinity;
  #heldBytes = 0;
  #sequence = 0;
  #shape: ModelShape | undefined;
  /** Streams that are not read. */
  readonly #turns = new Turns();
  /** What streams have brought; texts do not wait behind images. */
  readonly #brought: Record<Modality, Turns> = { text: new Turns(), image: new Turns() };
  #closing = false;
  #drained: (() => void) | undefined;

  constructor(options: EncoderOptions) {
    this.#options = options;
    this.#time = new WaitingTime(options.replicas);
    this.#bounds = new QueueBounds(options, options.replicas * options.minibatchSize);
    this.#scheduler = new Scheduler(options, {
      finished: (job, result) => this.#finish(job, result),
      computed: (modality, jobs, ms) => {
        this.#time.computed(modality, jobs.reduce((sum, { work }) => sum + work, 0), ms);
      },
      advanced: () => {
        for (const modality of MODALITIES) this.#time.busy(modality, this.#waiting(modality) > 0);
      },
    });
    if (options.cacheBytes > 0) {
      this.#cache = new LRUCache({
        maxSize: options.cacheBytes,
        sizeCalculation: (embedding, key) => embedding.byteLength + 2 * key.length,
      });
    }
  }

  /**
   * Opens the model in all replicas and warms them up.
   * @throws {ClipError} if the model cannot be opened.
   */
  async start(): Promise<StartTimes> {
    const { shape, times } = await this.#scheduler.start();
    this.#shape = shape;
    return times;
  }

  /** The model's shape; known once started. */
  get shape(): ModelShape {
    if (!this.#shape) throw new ClipError("unavailable", "The model is still loading");
    return this.#shape;
  }

  /** Whether at least one replica takes work. */
  get ready(): boolean {
    return !this.#closing && this.#scheduler.replicas.ready.length > 0;
  }

  /**
   * Milliseconds that the next item would wait, of the modality that waits less: which one it is of
   * is not known before a request has been read. 0 while nothing is known.
   */
  get waitMs(): number {
    const now = performance.now();
    const asked = MODALITIES.filter((modality) => now - this.#askedAt[modality] < ASKED_MS);
    const waits = asked.map((modality) => this.#expected(modality, 1));
    return waits.length === 0 ? 0 : Math.min(...waits);
  }

  /**
   * Why a request would be refused now, whatever it holds; undefined if it may be taken. To be asked
   * before it is read. Now and then a request is let pass all the same, so that a modality that was
   * not asked for in a while is seen.
   */
  refusal(): ClipError | undefined {
    const rejection = this.#bounds.reject(this.#queue, { items: 1, bytes: 1 }, this.waitMs);
    if (!rejection) return undefined;
    const now = performance.now();
    if (rejection.reason === "wait" && now - this.#lookedAt >= LOOK_MS) {
      this.#lookedAt = now;
      return undefined;
    }
    this.#options.observer.rejected(1, rejection.reason);
    return rejection.error;
  }

  /**
   * Resolves when a stream may bring more items: the queue is less than half full, in items, bytes
   * and time. The other half is left to calls, which are refused when it is full.
   * @throws {ClipError} the signal's reason if it fires first.
   */
  async room(signal: AbortSignal): Promise<void> {
    const roomy = () => this.#closing || this.#bounds.roomy(this.#queue, this.waitMs);
    await this.#turns.wait(() => roomy() || undefined, signal);
  }

  /** Whether a stream has brought so much that more of it would wait for too long behind that. */
  behind(flow: object): boolean {
    return MODALITIES.some((modality) =>
      !this.#bounds.soon(this.#queue, this.#expected(modality, 1, flow))
    );
  }

  /** A snapshot for metrics and `/status`. */
  get state(): EngineState {
    const { ready } = this.#scheduler.replicas;
    return {
      waiting: { text: this.#waiting("text"), image: this.#waiting("image") },
      expectedWaitMs: { text: this.#expected("text", 1), image: this.#expected("image", 1) },
      running: this.#scheduler.running.text + this.#scheduler.running.image,
      heldBytes: this.#heldBytes,
      replicas: this.#options.replicas,
      replicasReady: ready.length,
      replicasBusy: ready.filter((replica) => replica.load > 0).length,
      restarts: this.#scheduler.replicas.restarts,
      embedded: { ...this.#embedded },
    };
  }

  /** Slots of prepared inputs that are free, of how many; undefined before the start. */
  get slots(): Scheduler["slots"] {
    return this.#scheduler.slots;
  }

  /**
   * Embeds items.
   * @returns per item its embedding, float32 `[D]`, not normalised, not to be changed (equal items
   * share it); or why this item has none.
   * @throws {ClipError} "overloaded" if the queue has no room, "unavailable" while closing, and the
   * signal's reason when it fires.
   */
  async encode(
    items: readonly EncodeItem[],
    options: EncodeOptions = {},
  ): Promise<EncodeResult[]> {
    if (!options.wait) return await this.#encode(items, options);
    // What a stream has brought waits outside: more of it is not read, and calls have their share.
    const modality = items[0]?.modality ?? "text";
    const more = { items: items.length, bytes: bytesOf(items) };
    const fits = () => this.#closing || this.#bounds.fits(this.#queue, more, this.#expected(modality, 1));
    return await this.#brought[modality].wait(
      () => fits() ? this.#encode(items, options) : undefined,
      options.signal,
    );
  }

  #encode(items: readonly EncodeItem[], options: EncodeOptions): Promise<EncodeResult[]> {
    return new Promise((resolve, reject) => {
      const { signal } = options;
      if (signal?.aborted) return reject(abortError(signal));
      this.#admit(items, options);
      const results = new Array<EncodeResult>(items.length);
      let missing = items.length;
      if (missing === 0) return resolve(results);
      const claims: { job: Job; waiter: Waiter }[] = [];
      const onAbort = () => {
        for (const { job, waiter } of claims) this.#leave(job, waiter);
        // Their slots are free for others.
        this.#scheduler.recall();
        reject(abortError(signal!));
      };
      const settle = (index: number, result: EncodeResult) => {
        results[index] = result;
        if (--missing > 0) return;
        signal?.removeEventListener("abort", onAbort);
        resolve(results);
      };
      signal?.addEventListener("abort", onAbort, { once: true });
      const flow = options.flow ?? {};
      items.forEach((item, index) => {
        const key = contentKey(item);
        const known = this.#cache?.get(key);
        if (this.#cache) this.#options.observer.cached(known !== undefined);
        if (known) return settle(index, known);
        const waiter: Waiter = { settle: (result) => settle(index, result) };
        claims.push({ job: this.#claim(item, key, flow, waiter), waiter });
      });
      this.#scheduler.wake();
    });
  }

  /**
   * Takes no more items, waits until all that were taken are done or `deadlineMs` has passed, and
   * ends the workers. What is unfinished then fails with "unavailable".
   */
  async close(deadlineMs = Infinity): Promise<void> {
    this.#closing = true;
    this.#proceed();
    if (this.#pending.size > 0 && deadlineMs > 0) {
      await new Promise<void>((resolve) => {
        this.#drained = resolve;
        if (deadlineMs !== Infinity) {
          const timer = setTimeout(resolve, timerMs(deadlineMs));
          Deno.unrefTimer(timer);
        }
      });
    }
    const left = new ClipError("unavailable", "The server stopped before this was computed");
    for (const job of [...this.#pending.values()]) this.#finish(job, left);
    await this.#scheduler.close();
  }

  #proceed(): void {
    this.#brought.text.proceed();
    this.#brought.image.proceed();
    this.#turns.proceed();
  }

  get #queue(): Queued {
    return { items: this.#waiting("text") + this.#waiting("image"), bytes: this.#heldBytes };
  }

  #waiting(modality: Modality): number {
    return this.#inside[modality] - this.#scheduler.running[modality];
  }

  /** Milliseconds that so much work of a flow, by default of a new one, would wait for others. */
  #expected(modality: Modality, work: number, flow?: object): number {
    return this.#time.expected(modality, this.#scheduler.place(modality, flow), work);
  }

  /** Tokens that the model cuts texts to; 0 if all texts cost it the same. */
  get #tokens(): number {
    return this.#shape?.freeTextLength ? this.#shape.contextLength : 0;
  }

  #admit(items: readonly EncodeItem[], { wait, flow }: EncodeOptions): void {
    if (this.#closing) throw new ClipError("unavailable", "The server is stopping");
    const work: Record<Modality, number> = { text: 0, image: 0 };
    for (const item of items) work[item.modality] += workOf(item, this.#tokens);
    const now = performance.now();
    let waitMs = 0;
    for (const modality of MODALITIES) {
      if (work[modality] === 0) continue;
      this.#askedAt[modality] = now;
      if (!wait) waitMs = Math.max(waitMs, this.#expected(modality, work[modality], flow));
    }
    const more = { items: items.length, bytes: bytesOf(items) };
    const rejection = this.#bounds.reject(this.#queue, more, waitMs);
    if (!rejection) return;
    this.#options.observer.rejected(items.length, rejection.reason);
    throw rejection.error;
  }

  /** Joins the job of an equal item that is under way, or starts one. */
  #claim(item: EncodeItem, key: string, flow: object, waiter: Waiter): Job {
    const known = this.#pending.get(key);
    if (known) {
      this.#options.observer.merged();
      known.waiters.add(waiter);
      this.#time.left(known);
      this.#scheduler.join(known, flow, this.#time.spacing(item.modality, known.work));
      this.#time.entered(known);
      return known;
    }
    const job: Job = {
      item,
      key,
      bytes: itemBytes(item),
      arrivedAt: performance.now(),
      work: workOf(item, this.#tokens),
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
    this.#pending.set(key, job);
    this.#inside[item.modality]++;
    this.#heldBytes += job.bytes;
    this.#scheduler.submit(job, flow, this.#time.spacing(item.modality, job.work));
    this.#time.entered(job);
    return job;
  }

  #leave(job: Job, waiter: Waiter): void {
    job.waiters.delete(waiter);
    if (job.waiters.size > 0 || job.stage === "running" || job.stage === "done") return;
    this.#scheduler.drop(job);
    this.#forget(job);
  }

  #finish(job: Job, result: EncodeResult): void {
    if (result instanceof Float32Array) this.#embedded[job.item.modality]++;
    // Cached embeddings are copied out of their minibatch, which they would keep alive whole.
    if (this.#cache && result instanceof Float32Array) this.#cache.set(job.key, result.slice());
    this.#forget(job);
    for (const waiter of job.waiters) waiter.settle(result);
    job.waiters.clear();
  }

  #forget(job: Job): void {
    if (this.#pending.get(job.key) !== job) return;
    this.#pending.delete(job.key);
    this.#inside[job.item.modality]--;
    this.#heldBytes -= job.bytes;
    this.#time.left(job);
    this.#proceed();
    if (this.#pending.size === 0) this.#drained?.();
  }
}

function bytesOf(items: readonly EncodeItem[]): number {
  return items.reduce((sum, item) => sum + itemBytes(item), 0);
}

function abortError(signal: AbortSignal): ClipError {
  return ClipError.wrap(signal.reason, "cancelled");
}
