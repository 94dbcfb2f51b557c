/** The main thread's end of one preprocessing worker: tasks out, outcomes back. */
import { ClipError, type ErrorData } from "../errors.ts";
import { tookTooLong } from "../model/image/reject.ts";
import { afterPatience } from "../patience.ts";
import type { FromPreprocess, PreprocessSpec, ToPreprocess } from "../../workers/messages.ts";
import type { Job } from "./job.ts";

/** Tasks a worker may hold: one in work, and the next so that it need not wait for us. */
const MAX_TASKS = 2;
/** A decoder that can be interrupted ends by itself at its time; this is how long it is waited for. */
const GRACE_MS = 1000;

/** How long a worker may take, milliseconds. */
export interface TaskTimes {
  /** For any task. */
  timeoutMs: number;
  /** For an image. */
  imageTimeoutMs: number;
}

interface Task {
  jobs: readonly Job[];
  image: boolean;
}

/** What happens to a worker and its tasks. */
export interface PreprocessorEvents {
  /** A task is done; `lengths` and `errors` are per job. */
  prepared(
    jobs: readonly Job[],
    lengths: readonly number[],
    errors: readonly (ErrorData | null)[],
    ms: number,
  ): void;
  /**
   * The worker is gone: it threw, or was ended because a task was in work for too long ("document",
   * if that was an image).
   */
  died(error: ClipError, inWork: readonly Job[], waiting: readonly Job[]): void;
}

/** One preprocessing worker; it loads its modules as soon as this is made. */
export class Preprocessor {
  readonly #worker: Worker;
  readonly #events: PreprocessorEvents;
  readonly #times: TaskTimes;
  readonly #tasks = new Map<number, Task>();
  readonly #opened = Promise.withResolvers<void>();
  #nextTask = 0;
  #ready = false;
  #alone = false;
  /** Ends the wait for the task in work. */
  #stopWatching = () => {};

  constructor(index: number, url: string, times: TaskTimes, events: PreprocessorEvents) {
    this.#times = times;
    this.#events = events;
    this.#worker = new Worker(url, { type: "module", name: `preprocess-${index}` });
    this.#worker.onmessage = (event: MessageEvent<FromPreprocess>) => this.#receive(event.data);
    this.#worker.onerror = (event) => {
      event.preventDefault();
      this.#die(new ClipError("backend", `A preprocessing worker died: ${event.message}`));
    };
    // It may die before anybody asks.
    this.#opened.promise.catch(() => undefined);
  }

  /**
   * Tells it what it works on. Resolves when it takes tasks.
   * @throws {ClipError} "backend" if it dies before.
   */
  open(spec: PreprocessSpec): Promise<void> {
    this.#post({ type: "open", spec });
    return this.#opened.promise;
  }

  /** Tasks in its hands. */
  get load(): number {
    return this.#tasks.size;
  }

  /** Whether it takes another task. */
  get hasRoom(): boolean {
    return this.#ready && !this.#alone && this.#tasks.size < MAX_TASKS;
  }

  /** Sends texts, all in one task. */
  prepareTexts(jobs: readonly Job[]): void {
    const texts = jobs.map((job) => job.item.modality === "text" ? job.item.text : "");
    this.#send(jobs, (task) => ({ type: "texts", task, texts, slots: jobs.map((j) => j.slot) }));
  }

  /** Sends one image. After one that is sent `alone` it takes no other task until all are done. */
  prepareImage(job: Job, alone = false): void {
    const { item } = job;
    if (item.modality !== "image") return;
    // Copied once and handed over. By itself a message copies, twice, all of the memory that an
    // image is a view into: a whole request of many.
    // (Not by `slice`: a Buffer's gives a view, and what it is a view into must not be handed over.)
    const data = new Uint8Array("bytes" in item ? item.bytes : item.pixels.data);
    const image = "bytes" in item ? data : { ...item.pixels, data };
    this.#alone = alone;
    this.#send([job], (task) => ({ type: "image", task, image, slot: job.slot }), [data.buffer]);
  }

  /** Ends it. */
  close(): void {
    this.#stopWatching();
    this.#ready = false;
    this.#worker.onmessage = null;
    this.#worker.onerror = null;
    this.#worker.terminate();
  }

  #send(
    jobs: readonly Job[],
    message: (task: number) => ToPreprocess,
    transfer: Transferable[] = [],
  ): void {
    const task = this.#nextTask++;
    const content = message(task);
    this.#tasks.set(task, { jobs, image: content.type === "image" });
    if (this.#tasks.size === 1) this.#watch();
    this.#post(content, transfer);
  }

  #post(message: ToPreprocess, transfer: Transferable[] = []): void {
    this.#worker.postMessage(message, transfer);
  }

  #receive(message: FromPreprocess): void {
    if (message.type === "ready") {
      this.#ready = true;
      this.#opened.resolve();
      return;
    }
    const task = this.#tasks.get(message.task);
    if (!task) return;
    this.#tasks.delete(message.task);
    if (this.#tasks.size === 0) this.#alone = false;
    this.#watch();
    this.#events.prepared(task.jobs, message.lengths, message.errors, message.ms);
  }

  /** Starts the time of the task now in work, if there is one. */
  #watch(): void {
    this.#stopWatching();
    const [task] = this.#tasks.values();
    if (!task) return;
    const { timeoutMs, imageTimeoutMs } = this.#times;
    // No more is known of a text that takes so long than that a worker hung.
    const [ms, error] = task.image
      ? [imageTimeoutMs + GRACE_MS, () => tookTooLong(imageTimeoutMs)] as const
      : [
        timeoutMs,
        () => new ClipError("backend", "A preprocessing worker did not answer in time"),
      ] as const;
    this.#stopWatching = afterPatience(ms, () => this.#die(error()));
  }

  #die(error: ClipError): void {
    this.close();
    this.#opened.reject(error);
    const [inWork = [], ...waiting] = [...this.#tasks.values()].map((task) => task.jobs);
    this.#tasks.clear();
    this.#events.died(error, inWork, waiting.flat());
  }
}
