/**
 * `Encoder`: the one door between the protocols and the engine. Items go in, embeddings come out;
 * which replica computes what, together with whose items, is settled behind it.
 */
import { timerMs } from "../deadline.ts";
import { inSlices, type Sliced, type Slices } from "../encoding/slices.ts";
import { ClipError } from "../errors.ts";
import type { ModelShape } from "../runtime/model.ts";
import type { EncodeItem, EncodeResult, Modality } from "../model/item.ts";
import { type EmbeddingCache, embeddingCache } from "./embedding_cache.ts";
import { contentKeyInSlices, itemBytes, type Job, type Waiter } from "./job.ts";
import { JobsUnderWay } from "./jobs_under_way.ts";
import { ItemsOfRequest } from "./items_of_request.ts";
import type { TokenUsage } from "../model/token_usage.ts";
import type { EngineState } from "../telemetry/engine_observer.ts";
import type { RequestTrace } from "../telemetry/request_trace.ts";
import { Scheduler, type SchedulerOptions } from "./scheduler.ts";
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
  /** Wants to hear what becomes of the items. */
  trace?: RequestTrace | undefined;
  /** Wants to hear how many tokens the texts are. */
  usage?: TokenUsage | undefined;
}

/** Units of work of an item that is taken in, beside its bytes. */
const CLAIM_UNITS = 3000;

/** Of one that is given up. */
const LEAVE_UNITS = 1000;

/** Embeds texts and images with one model. */
export class Encoder {
  readonly #options: EncoderOptions;
  readonly #scheduler: Scheduler;
  readonly #jobs: JobsUnderWay;
  readonly #cache: EmbeddingCache | undefined;
  readonly #embedded: Record<Modality, number> = { text: 0, image: 0 };
  #minibatches = 0;
  readonly #intake: Intake;
  #shape: ModelShape | undefined;
  /** Streams that are not read. */
  readonly #turns = new Turns();
  /** What streams have brought; texts do not wait behind images. */
  readonly #brought: Record<Modality, Turns> = { text: new Turns(), image: new Turns() };
  /** What requests hold that are being claimed. */
  readonly #entering = new Set<Queued>();
  #closing = false;
  /** Nothing is computed any more. */
  #closed = false;
  #drained: (() => void) | undefined;

  constructor(options: EncoderOptions) {
    this.#options = options;
    this.#scheduler = new Scheduler(options, {
      finished: (job, result) => this.#finish(job, result),
      computed: (modality, jobs, ms) => {
        this.#minibatches++;
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
    this.#jobs = new JobsUnderWay({
      scheduler: this.#scheduler,
      time: this.#intake.time,
      observer: options.observer,
      left: () => this.#left(),
    });
    this.#cache = embeddingCache(options.cacheBytes);
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
      maxQueue: this.#options.maxQueue,
      minibatchSize: this.#options.minibatchSize,
      replicas: this.#options.replicas,
      replicasReady: ready.length,
      replicasBusy: ready.filter((replica) => replica.load > 0).length,
      restarts: this.#scheduler.replicas.restarts,
      embedded: { ...this.#embedded },
      minibatches: this.#minibatches,
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
    const { trace } = options;
    const began = trace && performance.now();
    return await this.#brought[modality].wait(
      () => {
        if (!fits()) return undefined;
        if (began !== undefined) trace?.stage("admission", began);
        return this.#encode(items, options);
      },
      options.signal,
    );
  }

  async #encode(
    items: readonly EncodeItem[],
    { signal, flow, wait = false, trace, usage }: EncodeOptions,
  ): Promise<EncodeResult[]> {
    if (signal?.aborted) throw abortError(signal);
    if (this.#closing) throw stopping();
    this.#intake.take(items, !wait, flow);
    if (items.length === 0) return [];
    const request = new ItemsOfRequest(items);
    const onAbort = () => {
      request.fail(abortError(signal!));
      void inSlices((slices) => this.#leaveAll(request, slices));
    };
    signal?.addEventListener("abort", onAbort, { once: true });
    try {
      const claiming = inSlices((slices) =>
        this.#claimAll(request, { flow: flow ?? {}, trace, usage }, slices)
      );
      // What fails it is not waited for: it ends by itself.
      if (claiming instanceof Promise) claiming.catch((thrown) => request.fail(thrown));
      return await request.results;
    } finally {
      signal?.removeEventListener("abort", onAbort);
    }
  }

  /** Nobody waits any more for what a request has claimed: the slots are free for others. */
  *#leaveAll({ claims }: ItemsOfRequest, slices: Slices): Sliced<void> {
    for (const { job, waiter } of claims) {
      this.#jobs.leave(job, waiter);
      if (slices.spent(LEAVE_UNITS)) yield;
    }
    this.#scheduler.recall();
  }

  /** Claims a job for each item; those that are still to come count as waiting. */
  *#claimAll(
    request: ItemsOfRequest,
    { flow, ...hearers }: Pick<Waiter, "trace" | "usage"> & { flow: object },
    slices: Slices,
  ): Sliced<void> {
    const entering = amountOf(request.items);
    this.#entering.add(entering);
    try {
      const digests = new Map<Uint8Array, string>();
      for (const [index, item] of request.items.entries()) {
        const key = yield* contentKeyInSlices(item, slices, digests);
        if (request.ended) return;
        if (this.#closed) return request.fail(stopped());
        entering.items--;
        entering.bytes -= itemBytes(item);
        const known = this.#cache?.get(key);
        if (this.#cache) {
          this.#options.observer.cached(known !== undefined);
          if (!known) hearers.trace?.miss();
        }
        if (known) {
          hearers.trace?.hit();
          hearers.usage?.add(known.tokens);
          request.settle(index, known.embedding);
        } else {
          const { trace, usage } = hearers;
          const settle = (result: EncodeResult) => request.settle(index, result);
          const waiter: Waiter = { trace, usage, settle };
          const job = this.#jobs.claim(item, key, flow, this.#tokens, waiter);
          request.claims.push({ job, waiter });
        }
        if (slices.spent(CLAIM_UNITS)) {
          this.#scheduler.wake();
          yield;
        }
      }
    } finally {
      this.#entering.delete(entering);
      this.#left();
    }
    this.#scheduler.wake();
  }

  /**
   * Takes no more items, waits until all that were taken are done or `deadlineMs` has passed, and
   * ends the workers. What is unfinished then fails with "unavailable".
   */
  async close(deadlineMs = Infinity): Promise<void> {
    this.#closing = true;
    this.#proceed();
    if (!this.#empty && deadlineMs > 0) {
      await new Promise<void>((resolve) => {
        this.#drained = resolve;
        if (deadlineMs !== Infinity) {
          const timer = setTimeout(resolve, timerMs(deadlineMs));
          Deno.unrefTimer(timer);
        }
      });
    }
    this.#closed = true;
    for (const job of this.#jobs.all()) this.#finish(job, stopped());
    await this.#scheduler.close();
  }

  /** Something inside has left. */
  #left(): void {
    this.#proceed();
    if (this.#empty) this.#drained?.();
  }

  #proceed(): void {
    this.#brought.text.proceed();
    this.#brought.image.proceed();
    this.#turns.proceed();
  }

  get #queued(): Queued {
    let entering = 0;
    let bytes = this.#jobs.heldBytes;
    for (const queued of this.#entering) {
      entering += queued.items;
      bytes += queued.bytes;
    }
    // Many of them may be equal, and one job: they keep nobody out who brings little.
    const counted = Math.min(entering, this.#options.maxQueue / 2);
    return { items: this.#waiting("text") + this.#waiting("image") + counted, bytes };
  }

  /** Whether nothing is inside, nor about to be. */
  get #empty(): boolean {
    return this.#jobs.empty && this.#entering.size === 0;
  }

  #waiting(modality: Modality): number {
    return this.#jobs.inside[modality] - this.#scheduler.running[modality];
  }

  /** Tokens that the model cuts texts to; 0 if all texts cost it the same. */
  get #tokens(): number {
    return this.#shape?.freeTextLength ? this.#shape.contextLength : 0;
  }

  #finish(job: Job, result: EncodeResult): void {
    const { modality } = job.item;
    const tokens = modality === "text" && result instanceof Float32Array ? job.length : 0;
    if (result instanceof Float32Array) {
      this.#embedded[modality]++;
      // Cached embeddings are copied out of their minibatch, which they would keep alive whole.
      this.#cache?.set(job.key, { embedding: result.slice(), tokens });
    }
    this.#jobs.finish(job, result, tokens);
  }
}

function stopped(): ClipError {
  return new ClipError("unavailable", "The server stopped before this was computed");
}

function stopping(): ClipError {
  return new ClipError("unavailable", "The server is stopping");
}

function abortError(signal: AbortSignal): ClipError {
  return ClipError.wrap(signal.reason, "cancelled");
}
