/**
 * The first half of the engine, preparing: jobs wait in the order of fair queueing, and go to the
 * preprocessing workers as far as there are slots for what comes of them.
 */
import { ClipError, type ErrorData } from "../errors.ts";
import type { EncodeItem, Modality } from "../model/item.ts";
import type { ModelFiles, ModelShape } from "../runtime/model.ts";
import type { EngineObserver } from "../telemetry/engine_observer.ts";
import type { Log } from "../telemetry/log.ts";
import type { Stores } from "../../workers/messages.ts";
import { TextSlots } from "../../workers/text_slots.ts";
import { FairQueue } from "./fair_queue.ts";
import type { Job } from "./job.ts";
import { LargeImages } from "./large_images.ts";
import { PreprocessPool } from "./preprocess_pool.ts";
import { type SlotStore, slotStores } from "./slot_store.ts";
import { tokenizerSetup } from "./tokenizer_setup.ts";

/** Texts that go to a preprocessing worker in one message. */
const TEXTS_PER_TASK = 32;

/**
 * A text of up to so many characters that comes alone is tokenized on the spot: that takes some ten
 * microseconds (a tenth of a millisecond for odd ones), the messages to a worker and back several
 * times as much, and no text waits behind the images that the workers decode.
 */
const SHORT_TEXT = 512;

/** Where jobs wait. */
type Lane = Modality | "large";

/** What is left of a job's input when nobody wants it any more. */
const NOTHING: Record<Modality, EncodeItem> = {
  text: { modality: "text", text: "" },
  image: { modality: "image", bytes: new Uint8Array(0) },
};

/** How jobs are prepared. */
export interface PreparationOptions {
  replicas: number;
  minibatchSize: number;
  /** Preprocessing workers for each replica. */
  preprocessWorkers: number;
  /** URL of the preprocessing worker's module. */
  preprocessUrl: string;
  /** Most bytes of an encoded image. */
  maxImageBytes: number;
  /** Most pixels of an image before it is decoded. */
  maxPixels: number;
  /** Most bytes that large images take together while they are decoded, and that one may take. */
  maxDecodeBytes: number;
  /** Longest time that an image may take, milliseconds. */
  imageTimeoutMs: number;
  /** Longest time of one task, milliseconds. */
  minibatchTimeoutMs: number;
  observer: EngineObserver;
  log: Log;
}

/** What comes of it. */
export interface PreparationEvents {
  /** A job lies in its slot. */
  prepared(job: Job): void;
  /** A job's input cannot be read. */
  unreadable(job: Job, error: ClipError): void;
  /** A worker went with a job in hand; a suspect may be what killed it. */
  lost(job: Job, error: ClipError, suspect: boolean): void;
  /** There may be work to hand on. */
  advanced(): void;
}

/** The queues, the slots, and the workers between them. */
export class Preparation {
  readonly #options: PreparationOptions;
  readonly #events: PreparationEvents;
  readonly #queues: Record<Lane, FairQueue<Job>> = {
    text: new FairQueue(),
    image: new FairQueue(),
    large: new FairQueue(),
  };
  /** Jobs that nobody wants any more and that stand in a queue still. */
  readonly #dropped: Record<Lane, number> = { text: 0, image: 0, large: 0 };
  readonly #large: LargeImages;
  readonly #pool: PreprocessPool;
  #stores: Record<Modality, SlotStore> | undefined;
  #texts: TextSlots | undefined;

  constructor(options: PreparationOptions, events: PreparationEvents) {
    this.#options = options;
    this.#events = events;
    const workers = options.replicas * options.preprocessWorkers;
    this.#large = new LargeImages(workers, {
      maxBytes: options.maxImageBytes,
      maxPixels: options.maxPixels,
      maxDecodeBytes: options.maxDecodeBytes,
    });
    this.#pool = new PreprocessPool({
      workers,
      workerUrl: options.preprocessUrl,
      times: {
        timeoutMs: options.minibatchTimeoutMs,
        imageTimeoutMs: options.imageTimeoutMs,
      },
      log: options.log,
    }, {
      ready: () => events.advanced(),
      prepared: (jobs, lengths, errors, ms) => this.#prepared(jobs, lengths, errors, ms),
      lost: (suspects, others, error) => {
        const slow = error.kind === "document";
        for (const job of suspects) {
          if (slow) this.#tooSlow(job, error);
          else this.#lost(job, error, true);
        }
        for (const job of others) this.#lost(job, error, false);
        events.advanced();
      },
      replaced: () => options.observer.restarted("preprocessor"),
    });
  }

  /**
   * Makes the stores of a model, and starts the workers.
   * @returns the stores, and `ready`, which resolves when the workers take tasks and rejects if one
   * of them dies before.
   */
  start(
    shape: ModelShape,
    model: ModelFiles,
  ): { stores: Stores; ready: Promise<void> } {
    const { mean, std, resize, imageLibrary } = model;
    const { minibatchSize, replicas, maxImageBytes, maxPixels, maxDecodeBytes, imageTimeoutMs } =
      this.#options;
    this.#stores = slotStores(shape, minibatchSize, replicas);
    const stores = { text: this.#stores.text.memory, pixels: this.#stores.image.memory };
    const limits = { maxImageBytes, maxPixels, maxDecodeBytes, imageTimeoutMs };
    const transform = {
      mean,
      std,
      ...(resize === undefined ? {} : { resize }),
      ...(imageLibrary === undefined ? {} : { imageLibrary }),
    };
    const tokenizer = tokenizerSetup(model, shape);
    const spec = { shape, ...transform, tokenizer, stores, ...limits };
    this.#texts = new TextSlots(spec);
    return { stores, ready: this.#pool.start(spec) };
  }

  /** Slots that are free, of how many; undefined before the start. */
  get slots(): Record<Modality, { free: number; total: number }> | undefined {
    const stores = this.#stores;
    if (!stores) return undefined;
    const count = ({ available, capacity }: SlotStore) => ({ free: available, total: capacity });
    return { text: count(stores.text), image: count(stores.image) };
  }

  /** Where a flow's next item would stand in the queue. */
  place(modality: Modality, flow: object | undefined): number {
    return this.#queues[modality].place(flow);
  }

  /** Queues a job; its flow, whose next one stands `spacing` behind it, is who it is fair to. */
  submit(job: Job, flow: object, spacing: number): void {
    this.#large.examine(job);
    this.#queues[this.#lane(job)].push(job, flow, spacing);
  }

  /** A flow wants a queued job that another flow brought: it does not wait for that flow's turn. */
  join(job: Job, flow: object, spacing: number): void {
    this.#queues[this.#lane(job)].join(job, flow, spacing);
  }

  /** Queues a job again, in the place that it had. */
  restore(job: Job): void {
    this.#queues[this.#lane(job)].restore(job);
  }

  /** Nobody waits any more for a job that is not running. */
  drop(job: Job): void {
    const { stage, item: { modality } } = job;
    if (stage === "prepared") this.release(job);
    job.item = NOTHING[modality];
    // The slot of one that is being prepared is given back when the worker is done with it.
    job.stage = "done";
    if (stage !== "queued") return;
    // Removing one by one would cost a search each: the dead are swept out when they are many.
    const lane = this.#lane(job);
    const queue = this.#queues[lane];
    if (++this.#dropped[lane] > queue.size / 2) {
      queue.prune((queued) => queued.stage === "queued");
      this.#dropped[lane] = 0;
    }
  }

  /** Gives a job's slot back, if it has one. */
  release(job: Job): void {
    if (job.slot < 0) return;
    this.#stores![job.item.modality].release(job.slot);
    job.slot = -1;
  }

  /** Hands queued jobs to workers that have room, or prepares them on the spot. */
  advance(): void {
    if (!this.#stores) return;
    if (this.#queues.text.size === 1 && isQuick(this.#queues.text.first!)) this.#tokenize();
    while (this.#queues.text.size > 0) {
      const worker = this.#pool.roomiest();
      const jobs = worker && this.#take("text", TEXTS_PER_TASK);
      if (!jobs || jobs.length === 0) break;
      worker.prepareTexts(jobs);
    }
    this.#advanceLarge();
    while (this.#queues.image.size > 0) {
      const worker = this.#pool.roomiest();
      const jobs = worker && this.#take("image", 1);
      if (!jobs || jobs.length === 0) break;
      worker.prepareImage(jobs[0]!);
    }
  }

  /** Hands large images to workers of their own, as far as there is memory for them. */
  #advanceLarge(): void {
    const { large } = this.#queues;
    while (large.size > 0) {
      if (large.first!.stage !== "queued") {
        large.pop();
        continue;
      }
      if (!this.#large.admits(large.first!)) return;
      const worker = this.#pool.roomiest();
      const [job] = worker ? this.#take("large", 1) : [];
      if (!job) return;
      this.#large.begin(job);
      worker!.prepareImage(job, true);
    }
  }

  #lane(job: Job): Lane {
    return this.#large.has(job) ? "large" : job.item.modality;
  }

  #lost(job: Job, error: ClipError, suspect: boolean): void {
    this.#large.end(job);
    this.#events.lost(job, error, suspect);
  }

  /**
   * An image took too long, and its worker was ended. The decoder knows nothing of that and goes on,
   * so its place and its memory are taken for as long again.
   */
  #tooSlow(job: Job, error: ClipError): void {
    if (this.#large.has(job)) {
      const timer = setTimeout(() => {
        this.#large.end(job);
        this.#events.advanced();
      }, this.#options.imageTimeoutMs);
      Deno.unrefTimer(timer);
    }
    this.release(job);
    if (job.stage !== "done") this.#events.unreadable(job, error);
  }

  /** Ends the workers. */
  close(): void {
    this.#pool.close();
  }

  /** Takes jobs whose turn it is, each with a slot. A job that saw a worker die comes alone. */
  #take(lane: Lane, most: number): Job[] {
    const queue = this.#queues[lane];
    const store = this.#stores![lane === "text" ? "text" : "image"];
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

  /** Prepares the only text in the queue here. */
  #tokenize(): void {
    const [job] = this.#take("text", 1);
    if (job?.item.modality !== "text") return;
    const start = performance.now();
    const { length, error } = this.#texts!.prepare(job.item.text, job.slot);
    this.#settle([job], [length], [error], performance.now() - start);
  }

  #prepared(
    jobs: readonly Job[],
    lengths: readonly number[],
    errors: readonly (ErrorData | null)[],
    ms: number,
  ): void {
    this.#settle(jobs, lengths, errors, ms);
    this.#events.advanced();
  }

  #settle(
    jobs: readonly Job[],
    lengths: readonly number[],
    errors: readonly (ErrorData | null)[],
    ms: number,
  ): void {
    this.#options.observer.prepared(jobs[0]!.item.modality, jobs.length, ms);
    let now: number | undefined;
    jobs.forEach((job, i) => {
      const error = errors[i];
      job.prepareMs = ms;
      if (job.traced) job.preparedAt = now ??= performance.now();
      this.#large.end(job);
      if (job.stage === "done") return this.release(job);
      if (error) {
        this.release(job);
        return this.#events.unreadable(job, ClipError.fromData(error));
      }
      job.stage = "prepared";
      job.length = lengths[i]!;
      this.#events.prepared(job);
    });
  }
}

/** Whether a queued job is a text that can be tokenized on the spot. */
function isQuick({ item, deaths }: Job): boolean {
  return deaths === 0 && item.modality === "text" && item.text.length <= SHORT_TEXT;
}
