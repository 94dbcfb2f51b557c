/**
 * `Encoder`: the one door between the protocols and the engine. Items go in, embeddings come out;
 * which replica computes what, together with whose items, is settled behind it.
 */
import { LRUCache } from "lru-cache";
import { timerMs } from "../deadline.ts";
import { ClipError } from "../errors.ts";
import type { ModelShape } from "../runtime/model.ts";
import type { EncodeItem, EncodeResult, Modality } from "../model/item.ts";
import { PendingJobs } from "./pending_jobs.ts";
import { Call } from "./call.ts";
import { ContentKeys } from "./content_key.ts";
import { itemBytes, type Job, type Waiter } from "./job.ts";
import type { EngineState } from "../telemetry/engine_observer.ts";
import { Scheduler, type SchedulerOptions } from "./scheduler.ts";
import { Pace } from "../pace.ts";
import { Turns } from "../turns.ts";
import { amountOf, Intake } from "./intake.ts";
import type { Queued, QueueLimits } from "./queue_bounds.ts";
import type { StartTimes } from "./replica_set.ts";

const MODALITIES: readonly Modality[] = ["text", "image"];

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
  readonly #cache: LRUCache<string, Float32Array> | undefined;
  readonly #jobs: PendingJobs;
  readonly #embedded: Record<Modality, number> = { text: 0, image: 0 };
  readonly #intake: Intake;
  /** Taken in and not claimed yet: what is left of large requests. */
  readonly #coming: Queued = { items: 0, bytes: 0 };
  #shape: ModelShape | undefined;
  /** Streams that are not read. */
  readonly #turns = new Turns();
  /** What streams have brought; texts do not wait behind images. */
  readonly #brought: Record<Modality, Turns> = { text: new Turns(), image: new Turns() };
  #closing = false;
  #drained: (() => void) | undefined;

  constructor(options: EncoderOptions) {
    this.#options = options;
    this.#scheduler = new Scheduler(options, {
      finished: (job, result) => this.#finish(job, result),
      computed: (modality, jobs, ms) => {
        this.#intake.time.computed(modality, jobs.reduce((sum, { work }) => sum + work, 0), ms);
      },
      advanced: () => {
        for (const modality of MODALITIES) {
          this.#intake.time.busy(modality, this.#waiting(modality) > 0);
        }
      },
    });
    const queued = () => this.#queued;
    const tokens = () => this.#tokens;
    this.#intake = new Intake(options, {
      get queued() {
        return queued();
      },
      get tokens() {
        return tokens();
      },
      place: (modality, flow) => this.#scheduler.place(modality, flow),
    });
    this.#jobs = new PendingJobs({
      scheduler: this.#scheduler,
      time: this.#intake.time,
      tokens,
      merged: () => options.observer.merged(),
      forgotten: () => this.#forgotten(),
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

  /** Milliseconds that a request would wait, as far as is known before it has been read. */
  get waitMs(): number {
    return this.#intake.waitMs;
  }

  /** Why a request would be refused now, unread; undefined if it may be taken. */
  refusal(): ClipError | undefined {
    return this.#intake.refusal();
  }

  /** A request was refused for that: it counts as one item. */
  refusedUnread(): void {
    this.#intake.refusedUnread();
  }

  /**
   * Resolves when a stream may bring more items: the queue is less than half full, in items, bytes
   * and time. The other half is left to calls, which are refused when it is full.
   * @throws {ClipError} the signal's reason if it fires first.
   */
  async room(signal: AbortSignal): Promise<void> {
    await this.#turns.wait(() => this.#closing || this.#intake.roomy || undefined, signal);
  }

  /** Whether a stream has brought so much that more of it would wait for too long behind that. */
  behind(flow: object): boolean {
    return this.#intake.behind(flow);
  }

  /** A snapshot for metrics and `/status`. */
  get state(): EngineState {
    const { ready } = this.#scheduler.replicas;
    return {
      waiting: { text: this.#waiting("text"), image: this.#waiting("image") },
      expectedWaitMs: {
        text: this.#intake.expected("text"),
        image: this.#intake.expected("image"),
      },
      running: this.#scheduler.running.text + this.#scheduler.running.image,
      heldBytes: this.#jobs.heldBytes,
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
    const more = amountOf(items);
    const fits = () => this.#closing || this.#intake.fits(more, modality);
    return await this.#brought[modality].wait(
      () => fits() ? this.#encode(items, options) : undefined,
      options.signal,
    );
  }

  async #encode(
    items: readonly EncodeItem[],
    options: EncodeOptions,
  ): Promise<EncodeResult[]> {
    const { signal } = options;
    if (signal?.aborted) throw abortError(signal);
    if (this.#closing) throw stopping();
    this.#intake.take(items, !options.wait, options.flow);
    if (items.length === 0) return [];
    const call = new Call(items.length);
    const onAbort = () => {
      call.fail(abortError(signal!));
      void this.#leaveAll(call);
    };
    signal?.addEventListener("abort", onAbort, { once: true });
    try {
      await Promise.race([this.#claimAll(items, options.flow ?? {}, call, signal), call.outcome]);
      return await call.outcome;
    } finally {
      signal?.removeEventListener("abort", onAbort);
    }
  }

  /** Claims the items one after the other, in slices: a large request has a hundred thousand. */
  async #claimAll(
    items: readonly EncodeItem[],
    flow: object,
    call: Call,
    signal: AbortSignal | undefined,
  ): Promise<void> {
    const pace = new Pace();
    const keys = new ContentKeys(pace);
    const coming = amountOf(items);
    this.#come(coming, 1);
    try {
      for (const [index, item] of items.entries()) {
        if (pace.due) {
          this.#scheduler.wake();
          await pace.breathe();
        }
        const made = keys.of(item);
        const key = typeof made === "string" ? made : await made;
        if (signal?.aborted) return;
        if (this.#closing) {
          call.fail(stopping());
          return void this.#leaveAll(call);
        }
        this.#come({ items: 1, bytes: itemBytes(item) }, -1);
        coming.items--;
        coming.bytes -= itemBytes(item);
        const known = this.#cache?.get(key);
        if (this.#cache) this.#options.observer.cached(known !== undefined);
        if (known) call.settle(index, known);
        else {
          const waiter: Waiter = { settle: (result) => call.settle(index, result) };
          call.claims.push({ job: this.#jobs.claim(item, key, flow, waiter), waiter });
        }
      }
      this.#scheduler.wake();
    } finally {
      this.#come(coming, -1);
      this.#proceed();
    }
  }

  /** Nobody waits any more for what a call has claimed: the slots are free for others. */
  async #leaveAll({ claims }: Call): Promise<void> {
    const pace = new Pace();
    for (const { job, waiter } of claims) {
      if (pace.due) await pace.breathe();
      this.#jobs.leave(job, waiter);
    }
    this.#scheduler.recall();
  }

  #come({ items, bytes }: Queued, sign: 1 | -1): void {
    this.#coming.items += sign * items;
    this.#coming.bytes += sign * bytes;
  }

  /**
   * Takes no more items, waits until all that were taken are done or `deadlineMs` has passed, and
   * ends the workers. What is unfinished then fails with "unavailable".
   */
  async close(deadlineMs = Infinity): Promise<void> {
    this.#closing = true;
    this.#proceed();
    if (this.#jobs.size > 0 && deadlineMs > 0) {
      await new Promise<void>((resolve) => {
        this.#drained = resolve;
        if (deadlineMs !== Infinity) {
          const timer = setTimeout(resolve, timerMs(deadlineMs));
          Deno.unrefTimer(timer);
        }
      });
    }
    const left = new ClipError("unavailable", "The server stopped before this was computed");
    for (const job of this.#jobs.all) this.#finish(job, left);
    await this.#scheduler.close();
  }

  #proceed(): void {
    this.#brought.text.proceed();
    this.#brought.image.proceed();
    this.#turns.proceed();
  }

  get #queued(): Queued {
    const { items, bytes } = this.#coming;
    return {
      items: this.#waiting("text") + this.#waiting("image") + items,
      bytes: this.#jobs.heldBytes + bytes,
    };
  }

  #waiting(modality: Modality): number {
    return this.#jobs.inside[modality] - this.#scheduler.running[modality];
  }

  /** Tokens that the model cuts texts to; 0 if all texts cost it the same. */
  get #tokens(): number {
    return this.#shape?.freeTextLength ? this.#shape.contextLength : 0;
  }

  #finish(job: Job, result: EncodeResult): void {
    if (result instanceof Float32Array) this.#embedded[job.item.modality]++;
    // Cached embeddings are copied out of their minibatch, which they would keep alive whole.
    if (this.#cache && result instanceof Float32Array) this.#cache.set(job.key, result.slice());
    this.#jobs.forget(job);
    for (const waiter of job.waiters) waiter.settle(result);
    job.waiters.clear();
  }

  #forgotten(): void {
    this.#proceed();
    if (this.#jobs.size === 0) this.#drained?.();
  }
}

function stopping(): ClipError {
  return new ClipError("unavailable", "The server is stopping");
}

function abortError(signal: AbortSignal): ClipError {
  return ClipError.wrap(signal.reason, "cancelled");
}
